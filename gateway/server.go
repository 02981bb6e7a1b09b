package gateway

import (
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/vouch"
)

// Server is a server behind a gateway.
type Server struct {
	// Name is its name for people.
	Name string
	// Identity identifies the server: its URL or its command. Pins are bound to it. "" means Name.
	Identity string
	// Prefix begins the names of its tools and prompts, as clients see them. Its policy sees the
	// names without the prefix. No prefix begins another prefix, so that a name has one server.
	Prefix string
	// Resources are patterns of the URIs of its resources, in which * matches any text. Matching
	// URIs belong to this server only. Without patterns, the server has the resources that it
	// lists.
	Resources []string
	Guard     *enforce.Guard
	Dial      jsonrpc.Dial
	// Key signs what the gateway says of requests, for a server that it started; nil says nothing.
	Key vouch.Key
	// Tells is what it says of callers.
	Tells Tells
	// Pins has the accepted definitions of the server; nil means that definitions may change.
	Pins *pin.Book
	// Health, unless nil, tracks the connections to the server.
	Health *Health
	// Stays means that the relay starts a server that fails again, as it does one that ends.
	// Without it, the failure ends the relay.
	Stays bool
	// Outputs has the output schemas that clients know; nil means separate ones for each client.
	Outputs *Outputs
}

// Tells is what a server learns of the caller of each request. The zero value is for servers of
// other programs: nothing.
type Tells struct {
	// Identity means that it learns the identity.
	Identity bool
	// Headers are the names of the headers of the caller's HTTP request that it takes credentials
	// from. It gets their values.
	Headers []string
}
