package capture

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/burp"
	"github.com/spectap/spectap/flow/exchange"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/flow/mitmdump"
	"github.com/spectap/spectap/flow/pcap"
	"github.com/spectap/spectap/flow/postman"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

// importFile is the content of a file.
type importFile struct {
	Flows iter.Seq2[flow.Flow, error]
	// skipped returns the number of entries read so far that are not HTTP exchanges.
	skipped func() int
	// remarks returns further notes on the file for the user. It is called after all flows were
	// read.
	remarks func(flows int) string
}

// ReadTraffic reads the flows of a file. It recognizes the format by the first bytes. variables
// sets the variables of a Postman collection. open opens a file that an archive names; it may be
// nil.
func ReadTraffic(r io.Reader, source string, variables map[string]string, open func(string) (io.ReadCloser, error)) (importFile, error) {
	none := func(int) string { return "" }
	b := bufio.NewReaderSize(r, 64<<10)
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return importFile{}, fmt.Errorf("unzip: %w", err)
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	if head, _ := b.Peek(4); pcap.IsCapture(head) {
		r := pcap.Read(b, source)
		return importFile{r.Flows(), r.Skipped, func(n int) string { return capturedRemarks(r.Seen(), n, r.Skipped()) }}, nil
	}
	if head, _ := b.Peek(32); mitmdump.IsFlowFile(head) {
		m := mitmdump.Read(b, mitmdump.Config{Source: source})
		return importFile{m.Flows(), m.Skipped, none}, nil
	}
	head, _ := b.Peek(b.Size())
	switch {
	case burp.IsItems(head):
		r := burp.Read(b, source)
		return importFile{r.Flows(), r.Skipped, func(int) string { return timesRemarks(r.Unclear()) }}, nil
	case postman.IsCollection(head):
		r := postman.Read(b, postman.Config{Source: source, Time: time.Now(), Variables: variables})
		return importFile{r.Flows(), r.Skipped, none}, nil
	}
	h := har.Read(b, har.ReadConfig{Source: source, Open: open})
	return importFile{h.Flows(), h.Skipped, func(int) string { return reasonsRemark(h.SkippedReasons()) }}, nil
}

// capturedRemarks describes which parts of a packet capture could not be read, or why it has no
// flow.
func capturedRemarks(seen pcap.Seen, flows, skipped int) string {
	var b strings.Builder
	if seen.Cut > 0 {
		fmt.Fprintf(&b, "; the file ends in the middle of packet %d, so that what follows is missing", seen.Cut)
	}
	if seen.Partial > 0 {
		fmt.Fprintf(&b, "; of %s the capture has only the beginning (tcpdump -s 0 keeps whole packets)", cli.Plural(seen.Partial, "packet"))
	}
	switch {
	case seen.Data > 0 && b.Len() == 0 && flows+skipped == 0:
		b.WriteString("; its TCP connections have no HTTP request")
	case seen.Data == 0:
		fmt.Fprintf(&b, "; none of its %s has data of a TCP connection", cli.Plural(seen.Packets, "packet"))
	}
	return b.String()
}

// reasonsRemark explains why entries are not exchanges.
func reasonsRemark(counts map[string]int) string {
	var list []string
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%d %s", counts[reason], visible.Line(reason)))
	}
	if list == nil {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// timesRemarks describes which times of a Burp file could not be read.
func timesRemarks(t burp.Times) string {
	var b strings.Builder
	for _, zone := range slices.Sorted(maps.Keys(t.Zones)) {
		fmt.Fprintf(&b, "; took the time of %s for UTC: %q is not the name of one zone, and no Date header tells which",
			cli.Plural(t.Zones[zone], "entry"), zone)
	}
	if t.Unread > 0 {
		fmt.Fprintf(&b, "; %s without a time that can be read", cli.Plural(t.Unread, "entry"))
	}
	return b.String()
}

// isWhole reports whether an error concerns the whole file, not one of its entries.
func isWhole(err error) bool {
	return !errors.As(err, new(*exchange.EntryError)) && !errors.As(err, new(*mitmdump.FlowError))
}

// IsTooLarge reports whether an error concerns one entry that is too large to read. Such an entry
// is skipped and reported. Other bad entries stop an import, because the file may be damaged.
func IsTooLarge(err error) bool {
	return errors.As(err, new(*exchange.EntryError)) && errors.Is(err, har.ErrTooLarge)
}

// openapiField matches the field of an OpenAPI document, or of Swagger 2, that has its version.
var openapiField = lazyregexp.New(`(?m)^[\s{]*["']?(openapi|swagger)["']?\s*:`)

// headOf returns the beginning of a regular file, nil of another: a pipe has been read.
func headOf(name string) []byte {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	head, _ := io.ReadAll(io.LimitReader(f, 4<<10))
	return head
}

// badFile returns the error for a file that cannot be imported, with the first bad entries.
func badFile(name string, bad []error) error {
	err := fmt.Errorf("import %s: %s (nothing was imported)", name, joinSome(bad))
	if isWhole(bad[len(bad)-1]) {
		if openapiField.Get().Match(headOf(name)) {
			return cli.WithHint(fmt.Errorf("import %s: it is an OpenAPI document, not traffic (nothing was imported)", name),
				"spectap check "+cli.QuoteArg(name)+", lint or serve; spectap import reads recorded traffic, such as HAR")
		}
		return cli.WithHint(err, "export the file again, or look at it: docs/import.md says which files are read")
	}
	if missing, ok := errors.AsType[*postman.MissingError](bad[0]); ok {
		return cli.WithHint(err, fmt.Sprintf("spectap import --var %s=VALUE %s   # as in the environment; or --skip-bad leaves out these entries",
			cli.QuoteArg(missing.Name), cli.QuoteArg(name)))
	}
	return cli.WithHint(err, "spectap import --skip-bad "+cli.QuoteArg(name)+"   # leaves out these entries")
}

// joinSome joins the first maxBadListed errors into one line.
func joinSome(errs []error) string {
	var b strings.Builder
	for i, err := range errs {
		if i == maxBadListed {
			fmt.Fprintf(&b, "; and %d more", len(errs)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(visible.Line(err.Error()))
	}
	return b.String()
}

// Bounds of a batch of flows that are appended at once.
const (
	BatchFlows = 256
	batchBytes = 1 << 20
)

// importAppender appends flows to an import in another goroutine, while the caller reads the next.
type importAppender struct {
	tx    store.Import
	batch []flow.Flow
	bytes int
	spare []flow.Flow // for reuse, unless a batch is being appended
	busy  chan error  // gets the result of the batch that is being appended; nil if there is none
}

// add appends f as part of a batch. The error may concern an earlier flow.
func (a *importAppender) add(ctx context.Context, f flow.Flow) error {
	a.batch = append(a.batch, f)
	a.bytes += len(f.Request.Body.Data)
	if f.Response != nil {
		a.bytes += len(f.Response.Body.Data)
	}
	if len(a.batch) < BatchFlows && a.bytes < batchBytes {
		return nil
	}
	return a.pass(ctx)
}

// pass waits for the previous batch and starts to append the current one.
func (a *importAppender) pass(ctx context.Context) error {
	if err := a.wait(); err != nil {
		return err
	}
	batch, busy := a.batch, make(chan error, 1)
	a.batch, a.spare, a.bytes, a.busy = a.spare[:0], batch, 0, busy
	go func() {
		err := a.tx.Append(ctx, batch...)
		clear(batch)
		busy <- err
	}()
	return nil
}

// wait waits for the batch that is being appended.
func (a *importAppender) wait() error {
	if a.busy == nil {
		return nil
	}
	err := <-a.busy
	a.busy = nil
	return err
}

// flush appends the rest.
func (a *importAppender) flush(ctx context.Context) error {
	if err := a.pass(ctx); err != nil {
		return err
	}
	return a.wait()
}

// importExit decides the race between the commit of an import and an interrupt. An interrupt ends
// the import without waiting for the rest.
type importExit struct {
	mu        sync.Mutex // guards the fields below; held while the import is committed
	committed bool
	left      bool
	undos     []func()
}

// undo registers a function that leave calls.
func (e *importExit) undo(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.left {
		f()
		return
	}
	e.undos = append(e.undos, f)
}

// Commit calls f, which commits the import, unless leave was called before.
func (e *importExit) Commit(f func() error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.left {
		return context.Canceled
	}
	err := f()
	e.committed = err == nil
	return err
}

// leave abandons the import and removes its files. It returns false if the import was committed.
func (e *importExit) leave() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.committed {
		return false
	}
	e.left = true
	for _, f := range e.undos {
		f()
	}
	e.undos = nil
	return true
}
