// Shows the document that lies beside this page. validatorUrl is off because it would be a request to a stranger.
(function () {
  // This file is docs/browser.js, whichever way the page was reached.
  var description = new URL('../openapi.json', document.currentScript.src).href;

  // Amounts reach 2^127-1 and numbers of JavaScript are exact to 2^53 only, so amounts are asked for as strings.
  function askForStrings(request) {
    var headers = request.headers;
    Object.keys(headers || {}).forEach(function (name) {
      if (name.toLowerCase() === 'accept' && /^application\/json\b(?!.*amounts=)/.test(headers[name])) {
        headers[name] = 'application/json; amounts=string';
      }
    });
    return request;
  }

  window.addEventListener('load', function () {
    window.SwaggerUIBundle({
      url: description,
      dom_id: '#api',
      deepLinking: true,
      validatorUrl: null,
      persistAuthorization: false,
      requestInterceptor: askForStrings,
      presets: [window.SwaggerUIBundle.presets.apis],
    });
  });
})();
