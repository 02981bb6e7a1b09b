// Package page serves the page of spectap ui: one HTML page on loopback, and the API that it calls.
//
// A [Server] consists of panels. A panel is a package below this one that declares calls and feeds
// ([github.com/spectap/spectap/page/wire]), and a folder of page/web/src with the sources of what
// the browser shows. README.md beside this file says how to add one. This package has what all
// panels share: who may call (session.go), the calls (server.go), the stream of events (events.go)
// and the built files of the page (assets.go).
//
// # Who may call
//
// The page is for one person. It shows what the store holds, and its calls do what the person
// clicks. So a request is answered only if
//
//   - its Host is one that the server answers to, which excludes foreign DNS names that resolve to
//     loopback (package reach);
//   - its Origin, if it has one, is the server's own, and its Sec-Fetch-Site, if it has one, says
//     so too: another port of this machine is another origin;
//   - it has the cookie of a session. A session begins with the token, which is in the fragment of
//     the link that spectap prints, and which browsers send to nobody.
//
// Cookies are not separated by port: another server on this machine gets those of the same path
// when the person visits it. So the path of the session is a secret too.
//
// What the page shows comes from strangers. The Content-Security-Policy forbids inline scripts and
// styles, everything from elsewhere, and, where browsers have trusted types, any way to make HTML
// of text.
//
// Read server.go first.
package page
