// Package egress sends the calls that an agent asks for. No other package may.
//
// A [Client] sends to the origins it was given and to no other. It resolves a host itself, checks
// every address, and dials the very address it checked, so DNS rebinding (a name whose address
// changes between two look-ups) has no effect. It refuses private, loopback, link-local and other
// special addresses unless [Config.AllowPrivate] is set. An origin in [Config.Named], which a
// person typed, may have any address.
//
// Redirects of GET and HEAD are followed within the origin of the call, each checked like the first
// request. Redirects to other origins are not followed, since their URLs may have secrets of the
// call. Neither are those of other methods, since that would send what nobody confirmed.
//
// The proxy variables of the environment are ignored. Bodies of responses are cut at
// [Config.MaxBody], see [ReadBody].
//
// The package does not ask for consent, keeps no cookies, and retries only as [Config.Retry] says.
//
// Read client.go first.
package egress
