package natslog

import (
	"fmt"

	"github.com/spectap/spectap/relay"
)

// Role is what a user of a team may do.
type Role string

// Roles.
const (
	RoleSource Role = "source" // send the blocks of one source
	RoleReader Role = "reader" // read all blocks, and ask for missing ones
	RoleWorker Role = "worker" // read all blocks, and write models, marks and leases
	RoleEditor Role = "editor" // read all blocks, import flows as the source [ImportName], and delete
	RoleAdmin  Role = "admin"  // everything in the team's account
)

// ImportName is the name of the source of imports by editors.
const ImportName = "import"

// Permissions returns the subjects that a user may publish to and subscribe to. name is that of the
// source, and only used for RoleSource. user is the public key, from which its inbox is named. No
// subject matches two of the patterns for publishing.
func Permissions(role Role, team, name, user string) (publish, subscribe []string, err error) {
	flows, state := StreamName(team), StateName(team)
	prefix := "spectap." + team
	subscribe = []string{InboxPrefix(user) + ".>"}
	reader := []string{getSubject(flows)}
	asks := prefix + ".state.asks.*.*"
	for _, s := range []string{flows, state} {
		reader = append(reader,
			"$JS.API.STREAM.INFO."+s, "$JS.API.DIRECT.GET."+s+".>", "$JS.API.CONSUMER.CREATE."+s+".>",
			"$JS.API.CONSUMER.INFO."+s+".*", "$JS.API.CONSUMER.DELETE."+s+".*", "$JS.API.CONSUMER.MSG.NEXT."+s+".*")
	}
	switch role {
	case RoleSource:
		if err := CheckSourceName(name); err != nil {
			return nil, nil, fmt.Errorf("source %q: %w", name, err)
		}
		return append(sending(prefix, name),
			prefix+".state.asks."+name+".*", // to remove requests
			"$JS.API.DIRECT.GET."+flows+"."+prefix+".flows.*."+name+".*",
			"$JS.API.DIRECT.GET."+state+"."+prefix+".state.marks."+name+".*",
			"$JS.API.DIRECT.GET."+state+"."+prefix+".state.asks."+name+".*",
			"$JS.API.DIRECT.GET."+state+"."+prefix+".state.sources."+name+".*",
		), subscribe, nil
	case RoleReader:
		return append(reader, asks), subscribe, nil
	case RoleWorker:
		return append(reader, prefix+".state.>", prefix+".parts.>", deleteSubject(team)), subscribe, nil
	case RoleEditor:
		return append(append(reader, asks, prefix+".flows."+relay.Deletions), sending(prefix, ImportName)...), subscribe, nil
	case RoleAdmin:
		return []string{">"}, []string{">"}, nil
	}
	return nil, nil, fmt.Errorf("unknown role %q", role)
}

// getSubject returns the subject of requests for a message, which the leader of a stream answers.
func getSubject(stream string) string { return "$JS.API.STREAM.MSG.GET." + stream }

// sending returns the subjects of the blocks and the status of a source.
func sending(prefix, name string) []string {
	return []string{prefix + ".flows.*." + name + ".*", prefix + ".state.sources." + name + ".*"}
}
