// Package egress sends the calls that an agent asks for. No other package may.
//
// A [Client] sends to the origins it was given and to no other. It resolves a host itself, checks
// every address, and dials the very address it checked, so a name whose address changes between two
// look-ups (DNS rebinding) gains nothing. It refuses private, loopback, link-local and other
// special addresses unless [Config.AllowPrivate] is set. An origin in [Config.Named], which a
// person typed, may have any address.
//
// Redirects of GET and HEAD are followed within the allowed origins, each checked like the first
// request. Redirects of other methods are not followed, since that would send what nobody
// confirmed. Credentials belong to the origin of the call: a hop to another origin is sent without
// them.
//
// The proxy variables of the environment are ignored. Bodies of responses are cut at
// [Config.MaxBody], see [ReadBody].
//
// The package does not ask for consent, keeps no cookies, and retries only as [Config.Retry] says.
//
// It may import flow, guard, internal/address and internal/pause. Read client.go first.
package egress
