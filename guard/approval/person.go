package approval

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/spectap/spectap/internal/visible"
)

// Prefixes of the names of people who are not named by a grant.
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

// person returns the normalized form by which names of people are compared. The same name counts as
// the same person, whether it comes from the system, a grant, a webhook or an OAuth issuer
// (ISSUER#SUBJECT), and with or without a domain (CORP\ann, ann@example.com, @ann). So do names
// that look alike. Two people who are confused that way cannot both approve, which is the safe
// error.
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

// mayDecide returns an error if a person may not decide on a request of a grant.
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
