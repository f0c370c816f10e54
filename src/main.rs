//! The program.

/// The system's own keeps what a crowd has taken; this one gives it back.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    partyplaylist::app::main()
}
