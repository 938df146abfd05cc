// Shows the document beside this page. validatorUrl is off because it would be a request to a stranger.
window.addEventListener('load', function () {
  window.SwaggerUIBundle({
    url: 'openapi.json',
    dom_id: '#api',
    deepLinking: true,
    validatorUrl: null,
    persistAuthorization: false,
    presets: [window.SwaggerUIBundle.presets.apis],
  });
});
