package approval

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/spectap/spectap/internal/visible"
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
// as the same person, with a domain or without one (CORP\ann, ann@example.com, @ann); so do names
// that look alike. Two people whom that takes for one cannot both approve, which is the safe error.
func person(name string) string {
	name = norm.NFKC.String(name)
	for _, prefix := range []string{userPrefix, webhookPrefix, callerPrefix} {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			name = name[len(prefix):]
		}
	}
	name = strings.TrimLeft(name[strings.LastIndexAny(name, `#\`)+1:], "@")
	if account, _, ok := strings.Cut(name, "@"); ok {
		name = account
	}
	return visible.Skeleton(name)
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
