fn main() -> std::process::ExitCode {
    partyplaylist::app::main()
}
