package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/change"
)

// TestAuditLines checks what a person reads of each kind of record, and that a record which cannot
// be read does not hide those after it.
func TestAuditLines(t *testing.T) {
	at := time.Date(2026, 5, 4, 3, 2, 1, 5e6, time.UTC)
	for _, tt := range []struct {
		r    audit.Record
		want string
	}{
		{audit.Record{Seq: 7, Event: audit.EventDecision, Identity: "ann", Server: "shop", Decision: "deny", Method: "tools/call", Via: "batch", Name: "pay", Rule: "/tools/pay", Shadow: true, Reason: "too much"},
			"7  2026-05-04 03:02:01.005  decision  ann  shop  deny  tools/call  batch  pay  /tools/pay  (shadow)  -- too much"},
		{audit.Record{Seq: 8, Event: audit.EventDecision, Decision: "allow", Request: "POST /pay", Confirmed: "person"}, "8  2026-05-04 03:02:01.005  decision  allow  POST /pay  (person)"},
		{audit.Record{Seq: 9, Event: audit.EventOutcome, Call: 8, Outcome: "result", Status: 201, Latency: 1.25, Size: 1}, "9  2026-05-04 03:02:01.005  outcome   result  status 201  of 8, 1.2 ms, 1 byte"},
		{audit.Record{Seq: 10, Event: audit.EventOutcome, Call: 8, Outcome: "lost", Size: 20}, "10  2026-05-04 03:02:01.005  outcome   lost  of 8, 0.0 ms, 20 bytes"},
		{audit.Record{Seq: 11, Event: audit.EventGrant, Name: "ci", Change: &change.Change{What: "revoked", By: "user:ann", Channel: "cli", Note: "left"}},
			"11  2026-05-04 03:02:01.005  grant     ci  revoked  by user:ann  via cli  -- left"},
		{audit.Record{Seq: 12, Event: audit.EventDefinition, Name: "pay", Change: &change.Change{What: "changed", Kind: "tool", Server: "shop", Digest: strings.Repeat("ab", 32)}},
			"12  2026-05-04 03:02:01.005  definition  pay  changed  tool  of shop  digest " + short(strings.Repeat("ab", 32))},
		{audit.Record{Seq: 13, Event: audit.EventApproval, Name: "pay", Change: &change.Change{What: "approved", ID: "k3x7"}}, "13  2026-05-04 03:02:01.005  approval  pay  approved  id k3x7"},
		{audit.Record{Seq: 14, Event: audit.EventApproval}, "14  2026-05-04 03:02:01.005  approval"},
		{audit.Record{Seq: 15, Event: audit.EventCheckpoint, Checkpoint: &audit.Checkpoint{Key: "k1", Reason: "time"}}, "15  2026-05-04 03:02:01.005  checkpoint  signed by k1, time"},
		{audit.Record{Seq: 16, Event: audit.EventStart, Server: "shop", Policy: "f00d"}, "16  2026-05-04 03:02:01.005  start     shop  policy f00d"},
		{audit.Record{Seq: 17, Event: audit.EventPolicy}, "17  2026-05-04 03:02:01.005  policy    no policy"},
	} {
		tt.r.Time = at
		text, err := json.Marshal(tt.r)
		if err != nil {
			t.Fatal(err)
		}
		body := text[:len(text)-1]
		text = fmt.Appendf(body, `,"hash":"%x"}`, sha256.Sum256(body))
		var out bytes.Buffer
		p := newProgram(nil, &out, &out)
		if err := p.printRecord(text, false); err != nil {
			t.Fatal(err)
		}
		p.stdout.Flush()
		if got := strings.TrimSpace(out.String()); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
		out.Reset()
		if err := p.printRecord(text, true); err != nil || strings.TrimSpace(out.String()) != string(text) {
			t.Errorf("as JSON: %s, %v", &out, err)
		}
	}
	var out bytes.Buffer
	p := newProgram(nil, &out, &out)
	err := p.printRecord([]byte(`{"seq":`), false)
	p.stdout.Flush()
	if err != nil || !strings.HasPrefix(out.String(), "a broken record: ") {
		t.Errorf("a broken record: %s, %v", &out, err)
	}
}

// TestCheckpointFiles checks which files have the signatures that were kept elsewhere: those named,
// and those of a folder that end in .json.
func TestCheckpointFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept[1]*")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	checkpoint, err := json.Marshal(audit.Checkpoint{Key: "k1", Signature: "s"})
	if err != nil {
		t.Fatal(err)
	}
	all, others := audit.ParseCheckpoints(string(checkpoint) + "\n")
	if len(all) != 1 || others != 0 {
		t.Fatalf("%s is no checkpoint", checkpoint)
	}
	for name, text := range map[string]string{
		"a.json": string(checkpoint) + "\n", "b.json": string(checkpoint) + "\nx\n", "c.json": "x\ny\n", "d.txt": string(checkpoint) + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		kept  string
		found int
		says  string // on stderr, or in the error
	}{
		{dir, 2, "b.json: 1 line is no checkpoints\n"},
		{dir, 2, "c.json: 2 lines are no checkpoints\n"},
		{filepath.Join(dir, "d.txt"), 1, ""},
		{filepath.Join(dir, "c.json"), 0, "c.json has no checkpoints"},
		{filepath.Join(dir, "none"), 0, "read the checkpoints"},
	} {
		var errs bytes.Buffer
		p := newProgram(nil, &errs, &errs)
		trust, err := p.auditTrust(nil, []string{tt.kept})
		p.stderr.Flush()
		said := errs.String()
		if err != nil {
			said += err.Error()
		}
		if (err == nil) != (tt.found > 0) || err == nil && len(trust.Kept) != tt.found || !strings.Contains(said, tt.says) {
			t.Errorf("%s: %+v, %s", tt.kept, trust, said)
		}
	}
}
