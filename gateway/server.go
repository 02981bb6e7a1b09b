package gateway

import (
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// Server is a server behind a gateway.
type Server struct {
	// Name is what people call it.
	Name string
	// Identity says which server it is: its URL or its command. Pins are bound to it. "" means
	// Name.
	Identity string
	// Prefix begins the names of its tools and prompts, as clients see them. Its policy sees the
	// names without it. No prefix is the beginning of another, so that a name has one server.
	Prefix string
	// Resources are patterns of the URIs of its resources, in which * stands for any text. What
	// they match is no other server's. Without patterns, it has what it lists.
	Resources []string
	Guard     *enforce.Guard
	Dial      jsonrpc.Dial
	// Pins has what a person has accepted of the server; nil means that definitions may change.
	Pins *pin.Book
	// Health, unless nil, learns how the connections to the server are.
	Health *Health
	// Outputs has the output schemas that clients know; nil means that each client has its own.
	Outputs *Outputs
}
