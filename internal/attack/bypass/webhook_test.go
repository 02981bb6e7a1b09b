package bypass

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hookKey is the secret of a webhook.
const hookKey = "a secret of the webhook, of 42 characters."

// hooked is a site whose approvals a webhook answers.
type hooked struct {
	*site
	answers string // the URL for answers
}

func newHooked(t *testing.T, policy string) *hooked {
	t.Helper()
	h := &hooked{site: &site{}}
	h.gate = newGate(t, policy, "--approvals", "approvals.json", "--approval-wait", "10ms", "--approval-listen", "127.0.0.1:0",
		"--approval-webhook-secret", secretFile(t), "--identity", "mallory")
	h.answers = h.waitLog("answers to held calls at ")
	h.begin(`{}`)
	return h
}

func secretFile(t *testing.T) string {
	t.Helper()
	g := &gate{t: t, dir: t.TempDir()}
	g.write("secret", hookKey)
	return g.file("secret")
}

// sign returns the headers of a body, signed with a key for a direction and a time.
func sign(key, direction string, at time.Time, body string) []string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(m, "v1:%s:%s:%s", direction, seconds, body)
	return []string{"X-Spectap-Timestamp", seconds, "X-Spectap-Signature", "v1=" + hex.EncodeToString(m.Sum(nil))}
}

// digest returns the digest of a held call.
func (h *hooked) digest(id string) string {
	h.t.Helper()
	var calls []struct{ ID, Digest string }
	if err := json.Unmarshal([]byte(h.run("approvals", "ls", "--json", "--approvals", "approvals.json")), &calls); err != nil {
		h.t.Fatal(err)
	}
	for _, c := range calls {
		if c.ID == id {
			return c.Digest
		}
	}
	h.t.Fatalf("no call %s in %v", id, calls)
	return ""
}

// TestForgedAnswers answers for a webhook without its secret, too late, about another call, as the
// one who asks, and a second time. None of it approves the call.
func TestForgedAnswers(t *testing.T) {
	t.Parallel()
	h := newHooked(t, holding)
	id, other := h.pend(held), h.pend(strings.Replace(held, "1", "2", 1))
	digest, now := h.digest(id), time.Now()
	answer := func(id, digest, by string) string {
		return fmt.Sprintf(`{"answer":"a1","id":%q,"digest":%q,"decision":"approve","approver":%q}`, id, digest, by)
	}
	good := answer(id, digest, "anna")
	valid := func(body string) []string { return sign(hookKey, "answer", now, body) }
	signature := valid(good)[3]
	for name, a := range map[string]struct {
		body   string
		header []string
	}{
		"no signature":               {good, nil},
		"a time alone":               {good, valid(good)[:2]},
		"a signature alone":          {good, valid(good)[2:]},
		"another secret":             {good, sign("another secret of the webhook", "answer", now, good)},
		"an empty secret":            {good, sign("", "answer", now, good)},
		"what is posted":             {good, sign(hookKey, "request", now, good)},
		"no direction":               {good, sign(hookKey, "", now, good)},
		"six minutes ago":            {good, sign(hookKey, "answer", now.Add(-6*time.Minute), good)},
		"in six minutes":             {good, sign(hookKey, "answer", now.Add(6*time.Minute), good)},
		"the year 1970":              {good, sign(hookKey, "answer", time.Unix(0, 0), good)},
		"the signature of a denial":  {good, valid(strings.Replace(good, "approve\"", "deny\"", 1))},
		"half the signature":         {good, []string{"X-Spectap-Timestamp", valid(good)[1], "X-Spectap-Signature", signature[:20]}},
		"another scheme":             {good, []string{"X-Spectap-Timestamp", valid(good)[1], "X-Spectap-Signature", "v0" + signature[2:]}},
		"two signatures":             {good, append(valid(good), "X-Spectap-Signature", "v1=00")},
		"two times":                  {good, append(valid(good), "X-Spectap-Timestamp", "0")},
		"signatures in one header":   {good, []string{"X-Spectap-Timestamp", valid(good)[1], "X-Spectap-Signature", "v1=00, " + signature}},
		"a signature of Slack":       {good, []string{"X-Slack-Request-Timestamp", valid(good)[1], "X-Slack-Signature", "v0" + signature[2:]}},
		"the digest of another call": {answer(id, h.digest(other), "anna"), nil},
		"another call's id":          {answer(other, digest, "anna"), nil},
		"no digest":                  {answer(id, "", "anna"), nil},
		"who asks":                   {answer(id, digest, "mallory"), nil},
		"who asks, in capitals":      {answer(id, digest, "MALLORY"), nil},
		"who asks, in Cyrillic":      {answer(id, digest, "mаllоry"), nil},
		"who asks, as a user":        {answer(id, digest, "user:mallory"), nil},
		"who asks, hidden":           {answer(id, digest, "mal\u200blory"), nil},
		"nobody":                     {answer(id, digest, ""), nil},
		"two people at once":         {answer(id, digest, "anna,bert"), nil},
		"a member twice":             {strings.Replace(good, `"decision"`, `"decision":"deny","decision"`, 1), nil},
		"another word":               {strings.Replace(good, "approve\"", "approved\"", 1), nil},
		"a list":                     {"[" + good + "]", nil},
		"a page":                     {good, append(valid(good), "Origin", "https://evil.example")},
		"a rebound name":             {good, append(valid(good), "Host", "evil.example")},
	} {
		if a.header == nil && name != "no signature" {
			a.header = valid(a.body)
		}
		if r := h.at(h.answers, http.MethodPost, a.body, a.header...); r.status < 400 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	for _, r := range []reply{
		h.at(h.answers, http.MethodGet, "", valid("")...), h.at(h.answers, http.MethodPut, good, valid(good)...),
		h.at(strings.Replace(h.answers, "/v1/answers", "/mcp", 1), http.MethodPost, good, valid(good)...),
	} {
		if r.status < 400 {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	if again := h.pend(held); again != id || h.seen(`"hold"`) > 0 {
		t.Fatalf("the server got %s", h.read("seen"))
	}
	if r := h.at(h.answers, http.MethodPost, good, valid(good)...); r.status != http.StatusOK {
		t.Fatalf("the answer of anna: %d %s", r.status, r.body)
	}
	for name, body := range map[string]string{"the same answer": good, "the answer to another call": answer(other, h.digest(other), "anna")} {
		if r := h.at(h.answers, http.MethodPost, body, valid(body)...); r.status != http.StatusConflict {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if m := h.request("tools/call", held); m.isDenied() {
		t.Errorf("the approved call: %s", m.raw)
	}
	if r := h.at(h.answers, http.MethodPost, good, valid(good)...); r.status != http.StatusConflict {
		t.Errorf("after its use: %d %s", r.status, r.body)
	}
	h.pend(held)
	h.pend(strings.Replace(held, "1", "2", 1))
	if n := h.seen(`"hold"`); n != 1 {
		t.Errorf("the server got %d calls", n)
	}
	h.records()
}

// TestOnePersonTwice lets one person agree twice to a call that needs two: by names that look alike,
// and by two channels.
func TestOnePersonTwice(t *testing.T) {
	t.Parallel()
	h := newHooked(t, strings.Replace(holding, "require_approval: true", "require_approval: {approvers: 2}", 1))
	id := h.pend(held)
	digest := h.digest(id)
	for i, by := range []string{"anna", "anna", "Anna", "аnna", "an na", "a.nna", "anna\u0301", "webhook:anna"} {
		body := fmt.Sprintf(`{"answer":"a%d","id":%q,"digest":%q,"decision":"approve","approver":%q}`, i, id, digest, by)
		r := h.at(h.answers, http.MethodPost, body, sign(hookKey, "answer", time.Now(), body)...)
		if (r.status == http.StatusOK) != (i == 0) {
			t.Errorf("%q: %d %s", by, r.status, r.body)
		}
	}
	h.pend(held)
	if h.seen(`"hold"`) > 0 {
		t.Fatalf("the server got %s", h.read("seen"))
	}
	body := fmt.Sprintf(`{"answer":"b","id":%q,"digest":%q,"decision":"approve","approver":"bert"}`, id, digest)
	if r := h.at(h.answers, http.MethodPost, body, sign(hookKey, "answer", time.Now(), body)...); r.status != http.StatusOK {
		t.Errorf("another person: %d %s", r.status, r.body)
	}
	if m := h.request("tools/call", held); m.isDenied() || h.seen(`"hold"`) != 1 {
		t.Errorf("with two people: %s", m.raw)
	}
	h.records()
}
