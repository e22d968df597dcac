//! What the shop's records are made of.

/// A service: its name, the language that it is written in, and what its instrumentation is called.
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) language: &'static str,
    pub(super) scope: &'static str,
}

pub(super) const GATEWAY: usize = 0;
pub(super) const CATALOGUE: usize = 1;
pub(super) const SEARCH: usize = 2;
pub(super) const CHECKOUT: usize = 3;
pub(super) const PAYMENTS: usize = 4;
pub(super) const INVENTORY: usize = 5;
pub(super) const AUTH: usize = 6;
pub(super) const WORKER: usize = 7;

pub(super) const SERVICES: [Service; 8] = [
    Service { name: "web-gateway", language: "go", scope: "nethttp@1.22.4" },
    Service { name: "catalogue", language: "java", scope: "org.shop.catalogue@7.3.0" },
    Service { name: "search", language: "rust", scope: "search::query@0.41.2" },
    Service { name: "checkout", language: "nodejs", scope: "checkout-flow@3.11.0" },
    Service { name: "payments", language: "java", scope: "org.shop.payments@5.0.9" },
    Service { name: "inventory", language: "dotnet", scope: "Shop.Inventory@2.8.1" },
    Service { name: "auth", language: "go", scope: "authn@1.9.0" },
    Service { name: "worker", language: "python", scope: "jobs@4.2.7" },
];

/// Instances of a service.
pub(super) const N_PODS: usize = 4;
pub(super) const REGIONS: [&str; 3] = ["eu-central-1", "us-east-1", "ap-southeast-2"];
pub(super) const N_USERS: usize = 50_000;
pub(super) const N_PRODUCTS: usize = 20_000;

pub(super) const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 Version/19.2 Mobile Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "ShopApp/8.14.2 (Android 16; Pixel 9)",
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
];
pub(super) const REFERRERS: [&str; 5] = [
    "-",
    "https://shop.example.com/",
    "https://shop.example.com/sale",
    "https://www.google.com/",
    "https://mail.example.org/",
];
pub(super) const TERMS: [&str; 12] = [
    "garden chair",
    "rain coat",
    "bicycle pump",
    "desk lamp",
    "usb cable",
    "tea kettle",
    "trail shoes",
    "notebook a5",
    "yoga mat",
    "paint brush",
    "water bottle",
    "wool socks",
];
pub(super) const JOBS: [(&str, &str); 6] = [
    ("send_receipt", "mail"),
    ("resize_image", "media"),
    ("sync_stock", "inventory"),
    ("expire_carts", "maintenance"),
    ("export_orders", "reports"),
    ("refresh_recommendations", "ml"),
];
pub(super) const PROVIDERS: [&str; 3] = ["adyen", "stripe", "paypal"];
pub(super) const WAREHOUSES: [&str; 4] = ["BER1", "RTM2", "EWR4", "SYD1"];

/// What goes wrong: the exception, its message, and its stack.
pub(super) const ERRORS: [(&str, &str, &str); 4] = [
    (
        "java.net.SocketTimeoutException",
        "Read timed out",
        "\n    at java.base/java.net.SocketInputStream.read(SocketInputStream.java:168)\n    at \
         org.shop.payments.http.Connection.await(Connection.java:211)\n    at \
         org.shop.payments.provider.Client.authorise(Client.java:94)\n    at \
         org.shop.payments.Flow.charge(Flow.java:57)\n    at org.shop.payments.Api.post(Api.java:133)",
    ),
    (
        "StockConflictException",
        "row was changed by another transaction",
        "\n   at Shop.Inventory.Store.Reserve(Int32 sku, Int32 amount) in /src/Store.cs:line 218\n   at \
         Shop.Inventory.Handlers.ReserveHandler.Handle(Request request) in /src/Handlers.cs:line 77",
    ),
    (
        "TypeError",
        "Cannot read properties of undefined (reading 'price')",
        "\n    at priceOf (/app/dist/cart.js:182:31)\n    at Array.map (<anonymous>)\n    at totals \
         (/app/dist/cart.js:201:18)\n    at async submit (/app/dist/routes/checkout.js:88:21)",
    ),
    (
        "psycopg.OperationalError",
        "server closed the connection unexpectedly",
        "\nTraceback (most recent call last):\n  File \"/app/jobs/runner.py\", line 144, in run\n    \
         job.perform()\n  File \"/app/jobs/orders.py\", line 61, in perform\n    rows = db.fetch(query)",
    ),
];
