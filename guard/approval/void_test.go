package approval

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// A program that starts with another policy in the same file voids what was held before, and
// nothing else.
func TestEnforceVoids(t *testing.T) {
	path := filepath.Join(t.TempDir(), "approvals.json")
	open := func() *Book {
		return must.Get(Open(path))
	}
	now := time.Now()
	ask := func(policy, tool string) Held {
		t.Helper()
		return must.Get(open().Ask(Call{Grant: "alice", Server: "s", Tool: tool, Policy: policy, Rule: "/" + policy}, 0, now))
	}
	enforce := func(file, version string) {
		t.Helper()
		must.Do(t, open().Enforce(file, version, now))
	}
	enforce("a", "v1")
	enforce("b", "w1")
	one, other := ask("v1", "pay"), ask("w1", "send")
	enforce("a", "v1") // two windows of a client
	must.Get(open().Decide(one.ID, one.Digest, Decision{By: "anna", Approve: true}, now))
	enforce("a", "v2")
	if _, err := open().Decide(one.ID, one.Digest, Decision{By: "ben", Approve: true}, now); !errors.Is(err, ErrVoid) {
		t.Errorf("approved under a former policy: %v", err)
	}
	if used, err := open().Use(one.ID, now); used || err != nil {
		t.Errorf("used: %v, %v", used, err)
	}
	if h, err := open().Get(other.ID, now); err != nil || h.Void || h.State != Waiting {
		t.Errorf("under the policy of another file: %+v, %v", h, err)
	}
	if again := ask("v2", "pay"); again.Follows != one.ID {
		t.Errorf("%+v follows %s", again, one.ID)
	}
	if again := ask("v2", "read"); again.Follows != "" {
		t.Errorf("another call: %+v", again)
	}
}
