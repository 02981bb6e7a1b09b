// Package egress is the only door through which a call that an agent asked for leaves.
//
// A [Client] sends to the origins it was given and to no other. It resolves a host itself, checks every address,
// and dials the very address it checked, so that a name that changes between two look-ups leads nowhere else.
// Private, loopback, link-local and other special addresses are refused unless [Config.AllowPrivate] says
// otherwise; an origin in [Config.Named], which a person typed, may have any address.
//
// Redirects of GET and HEAD are followed within the allowed origins, each one checked like the first request;
// redirects of other methods are not followed, since they would send what nobody confirmed. Credentials go to
// the origin they were given for and are put on each hop anew: one that leads elsewhere has none.
//
// The environment's proxy variables are not looked at. Answers are cut at [Config.MaxBody], see [ReadBody].
// What the package does not do: it knows nothing of consent, it keeps no cookies, and it does not retry anything
// but what its Config says.
package egress
