#![doc = include_str!("../README.md")]

use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::PathBuf;
use std::thread::JoinHandle;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// The bucket that is there from the beginning.
pub const BUCKET: &str = "test-bucket";
/// Identity whose requests are answered.
pub const ACCESS_KEY_ID: &str = "test-access-key";
/// What its requests are signed with.
pub const SECRET_ACCESS_KEY: &str = "test-secret-key-of-s3";

/// A server of one test.
#[derive(Debug)]
pub struct TestS3 {
    address: SocketAddr,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestS3 {
    /// Starts a server with one empty bucket.
    ///
    /// # Panics
    /// Where there is no port or no temporary folder.
    #[must_use = "the server ends when this is dropped"]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a folder can be made in it");
        let files = FileSystem::new(folder.path()).expect("the folder is there");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
        let service = service.build();

        let listener = StdListener::bind(("127.0.0.1", 0)).expect("a port is free");
        listener.set_nonblocking(true).expect("sockets can be non-blocking");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(serve(listener, service, stopped));
        });
        Self { address, folder, stop: Some(stop), thread: Some(thread) }
    }

    /// Scheme, host and port.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bucket, as the setting of a server names it.
    pub fn location(&self) -> String {
        format!("s3://{BUCKET}")
    }

    /// The folder that the objects of the bucket lie in, each a file with the path that its key is.
    pub fn bucket_folder(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }
}

impl Drop for TestS3 {
    fn drop(&mut self) {
        // An error says that the thread has ended by itself, which joining it tells.
        let _ = self.stop.take().map(|stop| stop.send(()));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("the server ends without a panic");
            }
        }
    }
}

/// Answers on `listener` until told to stop; running requests are dropped then.
async fn serve(listener: StdListener, service: S3Service, mut stopped: oneshot::Receiver<()>) {
    let listener = TcpListener::from_std(listener).expect("the socket is non-blocking");
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((socket, _)) = accepted else { continue };
        let service = service.clone();
        connections.spawn(async move {
            // A client that goes away is the client's affair.
            let _ =
                Builder::new(TokioExecutor::new()).http1_only().serve_connection(TokioIo::new(socket), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}
