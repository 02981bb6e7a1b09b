package gateway

import (
	"bytes"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/internal/visible"
)

// TestWhatAnAuditShows checks the output about a chain and its signatures, and that signatures that
// cover too little have their own exit status.
func TestWhatAnAuditShows(t *testing.T) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name     string
		r        audit.Report
		out, err string
		found    bool
	}{
		{"whole", audit.Report{Files: 1, Records: 7, First: 1, Last: 7, Checkpoints: 2, Vouched: 6, At: at}, "",
			"7 records in 1 file: the chain is intact\n2 checkpoints: records 1 to 6 are vouched for, the last at 2026-05-04 12:00:00\n", false},
		{"rotated and killed", audit.Report{Files: 2, Records: 1, First: 9, Last: 10, Rotated: true, Incomplete: 5, Checkpoints: 1, Others: 1, Vouched: 9, At: at}, "",
			"1 record in 2 files: the chain is intact\nit begins with record 9: older files were removed, and a key has signed their rotation\nthe last 5 bytes are half a record, which a killed process leaves\n" +
				"1 checkpoint of other keys, which count for nothing\n1 checkpoint: records 9 to 9 are vouched for, the last at 2026-05-04 12:00:00\n", false},
		{"not signed", audit.Report{Files: 1, Records: 2, First: 1, Last: 2}, "no checkpoint of the key vouches for any record\n", "2 records in 1 file: the chain is intact\n", true},
		{"signed at its start only", audit.Report{Files: 1, Records: 2, First: 1, Last: 2, Checkpoints: 1}, "no checkpoint of the key vouches for any record\n",
			"2 records in 1 file: the chain is intact\n", true},
		{"there before", audit.Report{Files: 1, Records: 9, First: 1, Last: 9, Checkpoints: 2, Vouched: 8, At: at, Unvouched: []audit.Span{{First: 1, Last: 3}, {First: 5, Last: 6}}},
			"but not records 1 to 3: they were there when the key was first used\nbut not records 5 to 6: they were not signed before their process ended, or are of somebody else\n",
			"9 records in 1 file: the chain is intact\n2 checkpoints: records 1 to 8 are vouched for, the last at 2026-05-04 12:00:00\n", false},
		{"after it", audit.Report{Files: 1, Records: 9, First: 1, Last: 9, Checkpoints: 1, Vouched: 5, At: at}, "nor those after it, 6 to 9\n",
			"9 records in 1 file: the chain is intact\n1 checkpoint: records 1 to 5 are vouched for, the last at 2026-05-04 12:00:00\n", false},
		{"the most that a killed process leaves", audit.Report{Files: 1, Records: 6999, First: 1, Last: 6999, Checkpoints: 1, Vouched: 5000, At: at,
			Unvouched: []audit.Span{{First: 101, Last: 100 + maxUnsigned}}},
			"but not records 101 to 2100: they were not signed before their process ended, or are of somebody else\nnor those after it, 5001 to 6999\n",
			"6999 records in 1 file: the chain is intact\n1 checkpoint: records 1 to 5000 are vouched for, the last at 2026-05-04 12:00:00\n", false},
		{"more after it", audit.Report{Files: 1, Records: 7000, First: 1, Last: 5000 + maxUnsigned, Checkpoints: 1, Vouched: 5000, At: at}, "nor those after it, 5001 to 7000\n",
			"7000 records in 1 file: the chain is intact\n1 checkpoint: records 1 to 5000 are vouched for, the last at 2026-05-04 12:00:00\n", true},
		{"more between", audit.Report{Files: 1, Records: 5001, First: 1, Last: 5001, Checkpoints: 1, Vouched: 5000, At: at,
			Unvouched: []audit.Span{{First: 101, Last: 101 + maxUnsigned}, {First: 3001, Last: 3002}}},
			"but not records 101 to 2101: they are more than a process that signs leaves\nbut not records 3001 to 3002: they were not signed before their process ended, or are of somebody else\n",
			"5001 records in 1 file: the chain is intact\n1 checkpoint: records 1 to 5000 are vouched for, the last at 2026-05-04 12:00:00\n", true},
	} {
		var stdout, stderr bytes.Buffer
		p := &cli.Program{Stdout: visible.NewWriter(&stdout), Stderr: visible.NewWriter(&stderr)}
		printChain(p, &tt.r)
		printVouched(p, &tt.r)
		if stdout.String() != tt.out || stderr.String() != tt.err {
			t.Errorf("%s:\n%s%s", tt.name, &stdout, &stderr)
		}
		if got := isUnsigned(&tt.r); got != tt.found { // the exit status
			t.Errorf("%s: is unsigned: %t", tt.name, got)
		}
	}
}
