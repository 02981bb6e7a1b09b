// Package replay sends captured requests again.
//
// A caller sees redacted flows only. [Request] therefore replaces placeholders in the caller's
// changes by the secrets of the captured flow ([Secrets]) and of [Variables]. It sends them only to
// the origin that they come from, and only if a person has allowed that origin. Before a response
// is shown or stored, the secrets in it become placeholders again. [Draft] and [Edit] are how a
// person changes a request, and [Person] sends it.
//
// A replay keeps what the program sent: the order of headers, the bytes of a body, members that no
// document declares. So it shares the decision and the way out with package spectools, and not the
// building of requests.
//
// Read request.go first, then draft.go.
package replay
