//! Compiles the protos into Rust and into a descriptor set for reflection.
//!
//! protox reads them, so that no protoc has to be installed. Which of server and
//! client is generated follows the features.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use prost::Message;

const PROTOS: [&str; 3] =
    ["sidegate/v1/authorization.proto", "sidegate/v1/policy.proto", "sidegate/v1/error_reason.proto"];

/// What a sidecar keeps on disk: no part of the API, so neither reflected nor for clients.
const STATE: &str = "sidegate/state/v1/state.proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let server = env::var_os("CARGO_FEATURE_SERVER").is_some();
    let client = env::var_os("CARGO_FEATURE_CLIENT").is_some();
    if !client {
        return Ok(());
    }

    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_source_info(true).include_imports(true).open_files(PROTOS)?;
    let described = compiler.file_descriptor_set();

    let mut reflected = described.clone();
    for file in &mut reflected.file {
        // Comments are for the generated code; reflection has no use for them.
        file.source_code_info = None;
    }
    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::write(Path::new(&out).join("descriptors.bin"), reflected.encode_to_vec())?;

    tonic_prost_build::configure()
        .build_server(server)
        .build_client(client)
        // A fixed order, so that equal messages have equal bytes.
        .btree_map(".")
        .extern_path(".google.rpc.Status", "::tonic_types::Status")
        .compile_fds(described)?;
    if server {
        state(&Path::new(&out).join("state"))?;
    }
    Ok(())
}

fn state(out: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(out)?;
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_source_info(true).include_imports(true).open_file(STATE)?;
    tonic_prost_build::configure()
        .out_dir(out)
        .btree_map(".")
        .extern_path(".sidegate.v1", "crate::wire::api")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
