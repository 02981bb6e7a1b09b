package serve

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools"
)

// logFlags configure a log of calls and their results.
type logFlags struct {
	file        string
	untruncated bool
}

func (f *logFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadPolicy)()
	fl.StringVar(&f.file, "log-file", "",
		"append each call and its result, redacted, to this `file`, one JSON object per line")
	fl.BoolVar(&f.untruncated, "no-log-truncation", false, "with --log-file: do not truncate results")
}

// maxLogged bounds the arguments and the result of one line, each, in bytes.
const maxLogged = 2000

// logLine is one line of the log.
type logLine struct {
	Time      time.Time `json:"time"`
	Millis    int64     `json:"ms"`
	Principal string    `json:"principal"`
	Tool      string    `json:"tool"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Error     bool      `json:"error"`
	Arguments string    `json:"arguments"`
	Result    string    `json:"result"`
}

// open opens the log and sets o.Log. A line that cannot be written is dropped silently: the log is
// for people, and calls depend only on the audit.
func (f *logFlags) open(o *spectools.Options) (func(), error) {
	if f.file == "" {
		return func() {}, nil
	}
	w, err := os.OpenFile(f.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	var key [32]byte
	rand.Read(key[:])
	r := redact.New(key[:], redact.Config{})
	var mu sync.Mutex // guards writing a line
	o.Log = func(t spectools.Transaction) {
		line, err := json.Marshal(logLine{
			t.Start.UTC(), t.Took.Milliseconds(), t.Principal, t.Tool, t.Method, t.Path, t.IsError,
			f.shown(r, t.Arguments), f.shown(r, t.Result),
		})
		if err != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		io.WriteString(w, visible.JSON(string(line))+"\n") // an error drops the line, see above
	}
	return func() { w.Close() }, nil
}

// shown returns redacted JSON, truncated to maxLogged bytes.
func (f *logFlags) shown(r *redact.Redactor, data []byte) string {
	if len(data) == 0 {
		return ""
	}
	s := string(r.JSON(data))
	if f.untruncated || len(s) <= maxLogged {
		return s
	}
	s = s[:maxLogged]
	for !utf8.ValidString(s) && len(s) > 0 {
		s = s[:len(s)-1]
	}
	return s + "…"
}
