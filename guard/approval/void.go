package approval

import "time"

// Enforce records the version of a policy that is in force from a file. If the file had another
// one before, what was held under that is void: see [Book.Void].
func (b *Book) Enforce(file, version string, now time.Time) error {
	former := ""
	if err := b.look(now, func(c *content, _ time.Time) { former = c.Policies[file] }); err != nil || former == version {
		return err
	}
	return b.update("note the policy in force", now, func(c *content, now time.Time) error {
		if c.Policies == nil {
			c.Policies = map[string]string{}
		}
		if former = c.Policies[file]; former != version && former != "" {
			c.void(former, now)
		}
		c.Policies[file] = version
		return nil
	})
}

// Void ends the calls and standing approvals under a version of a policy that is no longer in
// force: an approval is bound to the policy that the person saw.
func (b *Book) Void(version string, now time.Time) error {
	return b.update("end what is held under an earlier policy", now, func(c *content, now time.Time) error {
		c.void(version, now)
		return nil
	})
}

func (c *content) void(version string, now time.Time) {
	for _, h := range c.Held {
		if h.Policy == version {
			h.void(now)
		}
	}
	for _, s := range c.Standing {
		if s.Policy == version && (s.State == Waiting || s.State == Approved) {
			s.State, s.Ended = Expired, now
		}
	}
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
