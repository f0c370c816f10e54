//! What was made of something once and is kept with it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// One value of each type, made when it is first asked for: whoever makes it has a type of its own for a key, so that what it
/// is kept with need not know who that is.
#[derive(Default)]
pub struct Forms(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Forms {
    /// The value of this type; who asks while it is made waits for it, and whoever asks for others does not.
    pub fn of<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let form = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::<OnceLock<Arc<T>>>::default()).clone();
        drop(kept);
        let form: Arc<OnceLock<Arc<T>>> = form.downcast().unwrap_or_default();
        form.get_or_init(|| Arc::new(make())).clone()
    }
}

impl fmt::Debug for Forms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forms")
    }
}

#[cfg(test)]
mod tests {
    use super::Forms;

    #[test]
    fn each_form_is_made_once_and_kept_under_its_own_type() {
        let forms = Forms::default();
        let made = |n: u32| *forms.of(|| n);
        assert_eq!((made(7), made(8)), (7, 7));
        assert_eq!(*forms.of(|| "seven".to_owned()), "seven");
        assert_eq!(*forms.of(|| forms.of(|| 9_u8).to_string() + "!"), "seven", "made before");
        assert_eq!(*forms.of(|| u64::from(*forms.of(|| 9_u8))), 9, "one of another");
    }
}
