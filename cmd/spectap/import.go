package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/flow/mitmdump"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

const importExample = `  spectap import shop.har                  # from a browser's developer tools, say
  spectap import --db shop.db a.har b.har.gz dump.mitm
  curl https://example.com/x.har | spectap import -`

func newImportCmd(p *program) *cobra.Command {
	im := &importer{p: p}
	cmd := &cobra.Command{
		Use:     "import FILE…",
		Short:   "Read captured traffic from HAR files and mitmproxy dumps",
		Long:    "Reads HTTP archives (HAR 1.2) and the flow files of mitmproxy, plain or gzipped, of any size, into the store;\n\"-\" is stdin. All files are imported or none. Importing a file twice records it twice.",
		Example: importExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "name the files to import, or - for stdin")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return im.run(cmd.Context(), args) },
	}
	cmd.Flags().BoolVar(&im.skipBad, "skip-bad", false, "leave out entries that cannot be, instead of importing nothing")
	return cmd
}

// importer is one run of the command.
type importer struct {
	p       *program
	skipBad bool

	store control.Store
	tx    store.Import
	total int // flows so far
	notes []string
}

// run imports all files or none: nothing is seen in the store before the last one was read to its end.
func (im *importer) run(ctx context.Context, names []string) (err error) {
	// What can fail without the store comes first, so that a wrong name makes no empty store.
	files, done, err := im.openAll(ctx, names)
	defer done()
	if err != nil {
		return err
	}
	if im.store, err = im.p.open(store.Options{Create: true}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, im.store.Close()) }()
	if im.tx, err = im.store.Import(ctx, ""); err != nil {
		return storeHint(im.p.dbPath(), err)
	}
	for _, f := range files {
		if err := im.file(ctx, f); err != nil {
			return im.abort(err)
		}
	}
	if err := im.tx.Commit(ctx); err != nil {
		return im.abort(err)
	}
	for _, n := range im.notes {
		fmt.Fprintln(im.p.stderr, n)
	}
	return nil
}

// abort takes back what was imported, and says what came of it.
func (im *importer) abort(err error) error {
	if aerr := im.tx.Abort(); aerr != nil && !errors.Is(err, control.ErrOwnerGone) {
		err = errors.Join(err, aerr)
	}
	return storeHint(im.p.dbPath(), err)
}

// trafficFile is a file to import.
type trafficFile struct {
	name string // as the command line has it
	file *os.File
}

// openAll opens all files; done closes them and removes what was spooled.
func (im *importer) openAll(ctx context.Context, names []string) (files []trafficFile, done func(), err error) {
	var temp string
	done = func() {
		for _, f := range files {
			f.file.Close()
		}
		if temp != "" {
			os.Remove(temp)
		}
	}
	for _, name := range names {
		var f *os.File
		if name == "-" {
			if temp != "" {
				return files, done, &misuse{errors.New("import: - can be named once")}
			}
			if f, err = spool(ctx, im.p.stdin); f != nil {
				temp = f.Name()
			}
			name = "stdin"
		} else if f, err = os.Open(name); err == nil {
			var st fs.FileInfo
			if st, err = f.Stat(); err == nil && st.IsDir() {
				err = errors.New("is a folder")
			}
		}
		if f != nil {
			files = append(files, trafficFile{name, f})
		}
		if err != nil {
			err = fmt.Errorf("import %s: %w", name, plainPathError(err))
			return files, done, &hint{err, "ls -l " + quoteArg(filepath.Dir(name))}
		}
	}
	return files, done, nil
}

// plainPathError leaves out what the message around it says already.
func plainPathError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// spool copies stdin to a temporary file: a slow pipe must not hold the store.
func spool(ctx context.Context, r io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "spectap-import-*")
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() {
		if c, ok := r.(io.Closer); ok {
			c.Close() // ends a read that waits
		}
	})
	defer stop()
	if _, err := io.Copy(f, r); err != nil {
		return f, errors.Join(ctx.Err(), err)
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// batchFlows is how many flows go to the store at once.
const batchFlows = 256

// maxBadTold is how many bad entries an error names.
const maxBadTold = 5

// file adds the flows of one file.
func (im *importer) file(ctx context.Context, f trafficFile) error {
	flows, skipped, err := readTraffic(f.file, "import:"+filepath.Base(f.name))
	if err != nil {
		return badFile(f.name, []error{err})
	}
	var batch []flow.Flow
	var bad []error
	n := 0
	shown := im.p.startProgress("reading " + f.name)
	defer shown.end()
	for fl, err := range flows {
		shown.add(1)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		n++
		if len(bad) > 0 && !im.skipBad {
			continue // only to find the other bad ones
		}
		if batch = append(batch, fl); len(batch) == batchFlows {
			if err := im.tx.Append(ctx, batch...); err != nil {
				return err
			}
			batch = batch[:0]
		}
		if n%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if len(bad) > 0 && (!im.skipBad || isWhole(bad[len(bad)-1])) {
		return badFile(f.name, bad)
	}
	if err := im.tx.Append(ctx, batch...); err != nil {
		return err
	}
	im.total += n
	note := fmt.Sprintf("imported %s from %s", plural(n, "flow"), f.name)
	if k := skipped(); k > 0 {
		note += fmt.Sprintf("; left out %s that %s not HTTP", plural(k, "entry"), isAre(k))
	}
	if len(bad) > 0 {
		note += fmt.Sprintf("; left out %s that cannot be: %v", plural(len(bad), "entry"), joinSome(bad))
	}
	im.notes = append(im.notes, note)
	return nil
}

// readTraffic yields the flows of a file, whose format its first bytes tell.
func readTraffic(r io.Reader, source string) (flows iter.Seq2[flow.Flow, error], skipped func() int, err error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, nil, fmt.Errorf("unzip: %w", err)
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	if head, _ := b.Peek(32); mitmdump.IsFlowFile(head) {
		m := mitmdump.Read(b, mitmdump.Config{Source: source})
		return m.Flows(), m.Skipped, nil
	}
	h := har.Read(b, har.ReadConfig{Source: source})
	return h.Flows(), h.Skipped, nil
}

// isWhole says whether an error is of the file, not of one of its entries.
func isWhole(err error) bool {
	var entry *har.EntryError
	var dumped *mitmdump.FlowError
	return !errors.As(err, &entry) && !errors.As(err, &dumped)
}

// badFile is the error for a file that cannot be imported, with its first bad entries.
func badFile(name string, bad []error) error {
	err := fmt.Errorf("import %s: %s (nothing was imported)", name, joinSome(bad))
	if isWhole(bad[len(bad)-1]) {
		var version *mitmdump.VersionError
		if errors.As(bad[len(bad)-1], &version) {
			return &hint{err, "mitmdump -nr " + quoteArg(name) + " -w converted.mitm   # a mitmproxy that reads it writes a version of its own"}
		}
		if errors.Is(bad[0], har.ErrNotHAR) || errors.Is(bad[0], mitmdump.ErrNotFlowFile) {
			return &hint{err, "head -c 300 " + quoteArg(name) + "   # what is it? a HAR starts with {\"log\":, a dump of mitmproxy with its length"}
		}
		return &hint{err, "writing the file again where it came from: its end is missing"}
	}
	return &hint{err, "spectap import --skip-bad " + quoteArg(name) + "   # leaves such entries out"}
}

// joinSome writes the first few errors in one line.
func joinSome(errs []error) string {
	var b strings.Builder
	for i, err := range errs {
		if i == maxBadTold {
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

func plural(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y"):
		return fmt.Sprintf("%d %sies", n, what[:len(what)-1])
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
