//! Where a request stands in line, which everybody who wishes or votes is told.

use crate::domain::{Refusal, RequestId, RequestView, Standing};
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::Tenant;

impl<Role> Tenant<Role> {
    /// Shows where the request in an answer, or in a refusal, stands in line by now. Readers find that out: the one thread
    /// that writes is everybody's, and has no time for the length of one line.
    pub(in crate::store) async fn placed<V: AsMut<RequestView>>(&self, outcome: Result<V>) -> Result<V> {
        match outcome {
            Ok(mut shown) => {
                self.place(shown.as_mut()).await?;
                Ok(shown)
            }
            Err(Error::Refused(Refusal::WrongState(mut shown))) => {
                self.place(&mut shown.view).await?;
                Err(Refusal::WrongState(shown).into())
            }
            Err(error) => Err(error),
        }
    }

    async fn place(&self, view: &mut RequestView) -> Result<()> {
        let standing = if view.status.is_queued() { self.standing(&view.id).await? } else { None };
        view.stand(standing);
        Ok(())
    }

    /// Where a request of the running event stands by now.
    pub(in crate::store) async fn standing(&self, id: &RequestId) -> Result<Option<Standing>> {
        Ok(self.picture().await?.standing(id, self.store().now()))
    }
}
