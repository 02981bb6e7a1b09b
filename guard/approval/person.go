package approval

import (
	"strings"

	"github.com/spectap/spectap/internal/lookalike"
)

// The beginnings of names of people that are no grants.
const (
	userPrefix    = "user:"
	webhookPrefix = "webhook:"
	callerPrefix  = "caller:"
)

// User returns the name of a user of the system, as [Decision.By] has it.
func User(name string) string { return userPrefix + name }

// Caller returns the name of the person who uses the client of a grant, as [Decision.By] has it.
func Caller(grant string) string { return callerPrefix + grant }

// WebhookUser returns the name of a person whom a webhook names, as [Decision.By] has it.
func WebhookUser(name string) string { return webhookPrefix + name }

// person returns what a name is compared by. However a person is known, as a user of the system, by
// a grant, by a webhook or as the subject of an OAuth issuer (ISSUER#SUBJECT), the same name counts
// as the same person; so do names that look alike.
func person(name string) string {
	for _, prefix := range []string{userPrefix, webhookPrefix, callerPrefix} {
		name = strings.TrimPrefix(name, prefix)
	}
	return lookalike.Skeleton(name[strings.LastIndexByte(name, '#')+1:])
}

// mayDecide returns why a person may not decide on what a grant asks for.
func mayDecide(d *Decision, grant string, callerMay bool, earlier []Decision) error {
	if d.Channel == Elicitation && d.By != callerPrefix+grant {
		return ErrOwn
	}
	isOwn := person(d.By) == person(grant)
	if d.Approve && isOwn && (!callerMay || d.Channel != Elicitation) {
		return ErrOwn
	}
	for _, o := range earlier {
		if person(o.By) == person(d.By) && (d.Approve || !o.Approve) { // an approval can be taken back
			return ErrTwice
		}
	}
	return nil
}
