//! Migrations are embedded in the library, so a new one makes it stale.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
