package cli

import (
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/relay"
)

// NatsScheme begins a --db that names a team's log at a hub.
const NatsScheme = "nats://"

// IsHub reports whether --db is the address of a hub.
func IsHub(db string) bool { return strings.HasPrefix(db, NatsScheme) }

// hasCredentials reports whether the address of a hub has a user or a token before an @.
func hasCredentials(db string) bool {
	hosts, _, _ := strings.Cut(strings.TrimPrefix(db, NatsScheme), "/")
	return IsHub(db) && strings.Contains(hosts, "@")
}

// IsRemote reports whether an address names another machine. Flows are redacted before they go
// there.
func IsRemote(address string) bool {
	hosts, _, _ := strings.Cut(strings.TrimPrefix(address, NatsScheme), "/")
	for host := range strings.SplitSeq(hosts, ",") {
		if i := strings.LastIndex(host, ":"); i > 0 {
			host = host[:i]
		}
		if h := strings.Trim(host, "[]"); h != "localhost" && h != "::1" && !strings.HasPrefix(h, "127.") {
			return true
		}
	}
	return false
}

// HubView is the view that a command has of the hub that it follows.
type HubView struct {
	Address string
	Log     relay.Log
	Facts   *catalog.Facts // of all flows, instead of a copy; or nil
	Status  func() relay.FollowerStatus
	Hint    func(error) error // adds what to type to an error of the hub
}
