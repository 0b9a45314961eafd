//! Shows the book to a browser on this machine.

use std::{net::Ipv4Addr, path::Path};

use anyhow::{Context, Result};
use axum::Router;
use tower_http::services::ServeDir;

/// The port, if none is asked for.
pub const PORT: u16 = 3000;

/// Serves `folder` until it is stopped.
pub fn serve(folder: &Path, port: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .with_context(|| format!("cannot listen on port {port}; another one: serve {}", port + 1))?;
        println!("http://{}  (Ctrl-C ends it)", listener.local_addr()?);
        axum::serve(listener, Router::new().fallback_service(ServeDir::new(folder))).await?;
        Ok(())
    })
}
