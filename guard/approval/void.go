package approval

import "time"

// Enforce records the version of the policy that is in force for a server. If it differs from the
// recorded one, the calls and standing approvals of the former version are void: an approval is
// bound to the policy that the person saw.
func (b *Book) Enforce(server, policy string, now time.Time) error {
	former := ""
	if err := b.look(now, func(c *content, _ time.Time) { former = c.Policies[server] }); err != nil || former == policy {
		return err
	}
	return b.update("note the policy in force", now, func(c *content, now time.Time) error {
		if c.Policies == nil {
			c.Policies = map[string]string{}
		}
		former, c.Policies[server] = c.Policies[server], policy
		for _, h := range c.Held {
			if h.Policy == former {
				h.void(now)
			}
		}
		for _, s := range c.Standing {
			if s.Policy == former && (s.State == Waiting || s.State == Approved) {
				s.State, s.Ended = Expired, now
			}
		}
		return nil
	})
}

// void marks a call of a former policy, and ends it unless it has ended.
func (h *Held) void(now time.Time) {
	if h.Void = h.Void || h.State != Expired; h.State == Waiting || h.State == Approved {
		h.State, h.Ended = Expired, now
	}
}

// voidEarlier ends the newest call that differs from h in nothing but the policy, and what follows
// from it. It returns its id, or "" if there is none on which a decision would have counted.
func (c *content) voidEarlier(h *Held, now time.Time) string {
	id := ""
	for _, o := range c.Held {
		if o.Policy == h.Policy || o.Tool != h.Tool || o.Grant != h.Grant || o.State == Used {
			continue
		}
		same := o.Call
		same.Policy, same.Rule, same.Also, same.Reason, same.Approvers = h.Policy, h.Rule, h.Also, h.Reason, h.Approvers
		same.Caller, same.Once, same.Within = h.Caller, h.Once, h.Within
		if digest, err := same.digest(); err != nil || digest != h.Digest {
			continue
		}
		if o.void(now); o.Void {
			id = o.ID
		}
	}
	return id
}
