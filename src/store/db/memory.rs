//! What the rooms of the store remember while the box runs, none of it in the file.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One value of each type, made when it is first asked for: a room's own type is its key, so the database need not know the rooms.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Memory {
    pub fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::<T>::default()).clone();
        value.downcast().unwrap_or_else(|_| Arc::default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::Memory;

    #[test]
    fn who_asks_again_gets_what_was_kept_and_each_type_its_own() {
        let memory = Memory::default();
        *memory.of::<Mutex<u32>>().lock().unwrap() = 7;
        *memory.of::<Mutex<String>>().lock().unwrap() = "seven".into();
        assert_eq!(*memory.of::<Mutex<u32>>().lock().unwrap(), 7);
        assert_eq!(*memory.of::<Mutex<String>>().lock().unwrap(), "seven");
    }
}
