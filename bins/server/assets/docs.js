// Shows this server's OpenAPI document. The validator is off because it would send the document's address to an outside service.
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/api/schema/",
    dom_id: "#reference",
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null,
  });
});
