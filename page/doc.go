// Package page serves the page of spectap ui: one HTML page on loopback, and the API that it calls.
//
// A [Server] consists of panels. A panel is a package below this one that declares calls and feeds
// ([github.com/spectap/spectap/page/wire]), and a folder of page/web/src with the sources of what
// the browser shows. README.md beside this file says how to add one. This package has the parts
// that all panels share: sessions (session.go), the calls (server.go), the stream of events
// (events.go) and the built files of the page (assets.go).
//
// # Who may call
//
// The page is for one person. It shows the content of the store, and its calls perform the person's
// actions. A request is therefore answered only if
//
//   - its Host is one that the server answers to, which excludes foreign DNS names that resolve to
//     loopback (package reach);
//   - its Origin, if it has one, is the server's own, and its Sec-Fetch-Site, if it has one, says
//     so too: another port of this machine is another origin;
//   - it has the cookie of a session. A session begins with the token, which is in the fragment of
//     the link that spectap prints, and which browsers send to nobody.
//
// Cookies are not separated by port: another server on this machine gets those of the same path
// when the person visits it. The path of the session is therefore a secret too.
//
// The page shows untrusted content. The Content-Security-Policy forbids inline scripts and styles,
// all other origins and, in browsers with trusted types, every conversion of text to HTML.
//
// Read server.go first.
package page
