package spectools

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/enforcement"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/workflow"
)

// Options configure how a document is served. The zero value serves all of it, at its own servers
// if their addresses are public, without credentials, and holds every call that does more than
// read.
type Options struct {
	// BaseURL replaces the document's servers. Without a path, as in "http://localhost:8080", it
	// replaces their origin, and the server's own path stays before the operation's. With a path,
	// even "/", it replaces all of them. A person names it, so it may have any address, and calls
	// go to its origin only.
	BaseURL string
	// Origin replaces the origins of the document's servers; their paths stay. Like BaseURL, it may
	// have any address.
	Origin string
	// DocumentURL is where the document came from. Servers without a host are relative to it.
	DocumentURL string
	// ServerVariables are values for the variables of servers, by name.
	ServerVariables map[string]string
	// Policy decides which calls are held or refused.
	Policy guard.Policy
	// RequireApproval, unless nil, says which calls need a person's approval beside those of the
	// policy of Enforce, which is required with it: those that it would hold for a consent.
	RequireApproval *guard.Policy
	// HoldFor is how long a held call waits for its confirmation; zero means
	// [guard.DefaultHoldTTL].
	HoldFor time.Duration
	// Credentials supplies the secrets that operations require; nil has none.
	Credentials credential.Source
	// SignIn, if it names an operation, lets the server sign in with it for all calls to the origin
	// that the credentials are for, which then have the cookies of that session, and the token that
	// the app demands against forged requests.
	SignIn SignIn
	// Workflows are chains of operations, each of which becomes a tool. A call of it is confirmed
	// once, for the requests of all steps.
	Workflows []workflow.Workflow
	// HoldWithoutCredentials also holds calls whose credentials are missing. By default they are
	// refused, because the API would refuse them after a person has confirmed them.
	HoldWithoutCredentials bool
	// Egress limits the requests; FromDocument sets its Origins and Named.
	Egress egress.Config
	// Audit receives a record of each decision before the call is sent, and one of its outcome; nil
	// discards them.
	Audit guard.Auditor
	// Principal returns the name of the caller, "" if it is unknown. The session, if there is one,
	// is added to it.
	Principal func(context.Context) string
	// Caller replaces Credentials for the schemes that it maps.
	Caller credential.Caller
	// Enforce decides on calls of tools before Policy does, and hides tools. Nil lets all pass.
	// With it, Audit should be nil: it writes an audit of its own.
	Enforce *enforcement.Point
	// Pins, unless nil, hides and refuses operations that no person has accepted as they are. All
	// sets of one server have the same.
	Pins *Pins
	// Log, unless nil, receives each call with its result.
	Log func(Transaction)
	// MaxResult limits the bytes of an answer in one result, as JSON; a tool reads the rest. Zero
	// means [DefaultMaxResult]. An image or other file is attached up to 1 MiB.
	MaxResult int
	// StrictOutput makes the output schemas of tools demand what the document says of answers.
	// Clients then drop answers that break it. By default, output schemas accept any answer.
	StrictOutput bool
	// Files, unless nil, is the folder whose files a multipart form may name by {path}.
	Files *os.Root
	// Prefix precedes the name of each tool.
	Prefix string
	// NameFormat is the format of tool names.
	NameFormat NameFormat
	// Filter selects operations; nil selects all.
	Filter func(Operation) bool
	// Now returns the time for confirmations; nil means time.Now.
	Now func() time.Time
}

// Operation describes an operation of the document and its tool.
type Operation struct {
	Tool         string // "" in calls of [Options.Filter]
	ID           string // operationId
	Method, Path string
	Tags         []string
	Summary      string
	Description  string
	// Held reports whether calls wait for a confirmation. It is false in calls of [Options.Filter].
	Held bool
}

// Filtered is the reason of operations that [Options.Filter] did not select.
const Filtered = "not chosen"

// Skip is an operation that became no tool, with the reason.
type Skip struct{ Method, Path, Reason string }

// String returns the method, path and reason. A long path is cut.
func (s Skip) String() string { return s.Method + " " + shortPath(s.Path) + ": " + s.Reason }

// Note is a difference between an operation and its tool.
type Note struct{ Method, Path, Text string }

// String returns the method, path and text. A long path is cut.
func (n Note) String() string { return n.Method + " " + shortPath(n.Path) + ": " + n.Text }

// maxNotePath bounds a path in a note, in bytes. An operation can have as many notes as its path
// has parameters.
const maxNotePath = 1000

func shortPath(path string) string {
	if len(path) <= maxNotePath {
		return path
	}
	return strings.ToValidUTF8(path[:maxNotePath], "") + "…"
}
