package natslog

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/relay"
)

// matches reports whether a subject is one of a pattern.
func matches(pattern, subject string) bool {
	p, s := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, token := range p {
		switch {
		case token == ">":
			return len(s) > i
		case i >= len(s), token != "*" && token != s[i]:
			return false
		}
	}
	return len(p) == len(s)
}

// TestPermissions checks what each role may write, read and delete, in its team and in another.
func TestPermissions(t *testing.T) {
	flows, state := StreamName("t"), StateName("t")
	subjects := map[string]string{
		"send own":      "spectap.t.flows.3.pod.01",
		"send other":    "spectap.t.flows.3.other.01",
		"import":        "spectap.t.flows.3." + ImportName + ".01",
		"delete flows":  "spectap.t.flows." + relay.Deletions,
		"own status":    "spectap.t.state.sources.pod.01",
		"other status":  "spectap.t.state.sources.other.01",
		"own request":   "spectap.t.state.asks.pod.01",
		"other request": "spectap.t.state.asks.other.01",
		"mark":          "spectap.t.state.marks.pod.01",
		"lease":         "spectap.t.state.leases",
		"model":         "spectap.t.parts.3.x",
		"own block":     "$JS.API.DIRECT.GET." + flows + ".spectap.t.flows.3.pod.01",
		"other block":   "$JS.API.DIRECT.GET." + flows + ".spectap.t.flows.3.other.01",
		"own mark":      "$JS.API.DIRECT.GET." + state + ".spectap.t.state.marks.pod.01",
		"other mark":    "$JS.API.DIRECT.GET." + state + ".spectap.t.state.marks.other.01",
		"leader":        "$JS.API.STREAM.MSG.GET." + flows,
		"read":          "$JS.API.CONSUMER.CREATE." + flows + ".c",
		"read state":    "$JS.API.CONSUMER.MSG.NEXT." + state + ".c",
		"info":          "$JS.API.STREAM.INFO." + flows,
		"purge":         "$JS.API.STREAM.PURGE." + flows,
		"delete log":    "$JS.API.STREAM.DELETE." + flows,
		"delete state":  "$JS.API.STREAM.DELETE." + state,
		"change log":    "$JS.API.STREAM.UPDATE." + flows,
		"other team":    "spectap.u.flows.3.pod.01",
		"read other":    "$JS.API.CONSUMER.CREATE." + StreamName("u") + ".c",
	}
	reader := []string{"own block", "other block", "own mark", "other mark", "leader", "read", "read state", "info"}
	for _, tt := range []struct {
		role Role
		may  []string
	}{
		{RoleSource, []string{"send own", "own status", "own request", "own block", "own mark"}},
		{RoleReader, append(slices.Clone(reader), "own request", "other request")},
		{RoleWorker, append(slices.Clone(reader), "own request", "other request", "mark", "lease", "model", "own status", "other status")},
		{RoleEditor, append(slices.Clone(reader), "own request", "other request", "import", "delete flows")},
	} {
		publish, subscribe, err := Permissions(tt.role, "t", "pod", "UKEY")
		if err != nil || !slices.Equal(subscribe, []string{"_INBOX.UKEY.>"}) {
			t.Errorf("%s: subscribes to %q, %v", tt.role, subscribe, err)
		}
		for what, subject := range subjects {
			n := 0
			for _, p := range publish {
				if matches(p, subject) {
					n++
				}
			}
			if want := slices.Contains(tt.may, what); n > 1 || (n == 1) != want {
				t.Errorf("%s: %s is allowed by %d patterns, want %t", tt.role, what, n, want)
			}
		}
	}
	if publish, subscribe, err := Permissions(RoleAdmin, "t", "", "UKEY"); err != nil || !slices.Equal(publish, []string{">"}) || !slices.Equal(subscribe, []string{">"}) {
		t.Errorf("admin: %q, %q, %v", publish, subscribe, err)
	}
	for _, tt := range []struct {
		role Role
		name string
		want string
	}{{RoleSource, "a.b", `source "a.b": must be 1 to 64`}, {RoleSource, "", `source ""`}, {"other", "pod", `unknown role "other"`}} {
		if _, _, err := Permissions(tt.role, "t", tt.name, "UKEY"); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s %q: %v", tt.role, tt.name, err)
		}
	}
}
