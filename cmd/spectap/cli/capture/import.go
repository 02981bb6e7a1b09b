package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

const importExample = `  spectap import shop.har                  # from the developer tools of a browser
  spectap import --db shop.db a.har b.har.gz dump.mitm
  curl https://example.com/x.har | spectap import -
  spectap import --db nats://127.0.0.1:4222/shop shop.har
  sudo tcpdump -i any -w api.pcap 'tcp port 8080'; spectap import api.pcap`

// NewImportCmd returns the command import.
func NewImportCmd(p *cli.Program) *cobra.Command {
	im := &importer{p: p}
	cmd := &cobra.Command{
		Use:   "import FILE…",
		Short: "Import traffic from HAR files, tcpdump, mitmproxy, Burp Suite and Postman",
		Long: `Imports HTTP archives (HAR 1.2) and flow files of mitmproxy of any size, saved items of Burp Suite
(XML), the examples of Postman collections, and the plain HTTP of packet captures (pcap, pcapng), all
plain or gzipped. docs/import.md has the details.
- reads stdin. Either all files are imported or none. Importing a file twice records its flows twice.
With a hub as --db, its readers see all the flows at once or none, also if this command is killed.`,
		Example: importExample,
		Args:    cli.AtLeast(1, "files to import, or - for stdin"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if im.hub.Source == "" && cli.IsHub(p.Global.DB) {
				im.hub.Source = hub.ImportName
			}
			if err := im.hub.Take(p, cmd); err != nil {
				return err
			}
			return im.run(cmd.Context(), args)
		},
	}
	im.hub.AddFlags(cmd)
	cmd.Flags().StringToStringVar(&im.variables, "var", nil,
		"a variable of Postman collections and its value, as `NAME=VALUE`")
	cmd.Flags().BoolVar(&im.skipBad, "skip-bad", false,
		"leave out entries that cannot be imported, instead of importing nothing")
	return cmd
}

// importer is one run of import.
type importer struct {
	p         *cli.Program
	skipBad   bool
	variables map[string]string
	hub       hub.Importing

	store control.Store
	tx    store.Import
	notes []string
	exit  importExit
	// removed reports that this import created the store and removed it again.
	removed bool
}

// importGrace is the time that an interrupted import has to end by itself. It is short because the
// process may have to wait for the disk too.
const importGrace = 20 * time.Millisecond

// run imports all files or none. Readers of the store see no flow before all files are read.
//
// Removing the flows of an interrupted import takes as long as storing them, so the process leaves
// them in the file. Readers do not see them, and the next writer that opens the store removes them.
func (im *importer) run(ctx context.Context, names []string) error {
	defer im.p.TuneGC(400, 48<<20)() // .9 times the CPU time, for 10 MB more
	all := sync.OnceValue(func() error { return im.all(ctx, names) })
	_, err := cli.OrEndIn(ctx, importGrace, func() (struct{}, error) { return struct{}{}, all() })
	switch {
	case !errors.Is(err, context.Canceled):
		return err
	case !im.exit.leave():
		return all()
	}
	fmt.Fprintln(im.p.Stderr, "spectap: nothing was imported")
	return err
}

// all imports all files or none.
func (im *importer) all(ctx context.Context, names []string) (err error) {
	// Open the files before the store, so that a wrong name does not create an empty store.
	files, done, err := im.openAll(ctx, names)
	defer done()
	if err != nil {
		return err
	}
	end, err := im.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end(err)) }()
	for _, f := range files {
		if err := im.file(ctx, f); err != nil {
			return im.abort(err)
		}
	}
	if err := im.exit.Commit(func() error { return im.tx.Commit(ctx) }); err != nil {
		return im.abort(err)
	}
	for _, n := range im.notes {
		fmt.Fprintln(im.p.Stderr, n)
	}
	return nil
}

// begin begins the import. end closes what it opened.
func (im *importer) begin(ctx context.Context) (end func(error) error, err error) {
	end = func(failed error) error {
		for _, f := range im.hub.Closers {
			f()
		}
		return nil
	}
	if im.hub.On() {
		if im.tx, err = im.hub.Begin(ctx, im.p); err != nil {
			end(err)
		}
		return end, err
	}
	_, missing := os.Stat(im.p.DBPath())
	if im.store, err = im.p.Open(store.Options{Create: true}); err != nil {
		return nil, err
	}
	if errors.Is(missing, fs.ErrNotExist) {
		im.exit.undo(im.removeEmpty)
	}
	end = func(failed error) error {
		if failed != nil {
			im.exit.leave()
		}
		return im.store.Close()
	}
	if im.tx, err = im.store.Import(ctx, ""); err != nil {
		return nil, errors.Join(cli.StoreHint(im.p.DBPath(), err), end(err))
	}
	return end, nil
}

// abort aborts the import and returns err with a hint.
func (im *importer) abort(err error) error {
	im.exit.leave()
	if im.removed { // with all that was stored
		return cli.StoreHint(im.p.DBPath(), err)
	}
	if aerr := im.tx.Abort(); aerr != nil && !errors.Is(err, control.ErrOwnerGone) {
		err = errors.Join(err, aerr)
	}
	if im.hub.On() {
		return hub.Hint(&im.hub.Flags, err)
	}
	return cli.StoreHint(im.p.DBPath(), err)
}

// removeEmpty removes a store that this import created, if it is still empty: an aborted import
// leaves a large file. The lock is held, so that no other process has written to it, and one that
// waits for the lock notices that the file is gone.
func (im *importer) removeEmpty() {
	db, ok := im.store.(*store.DB)
	if !ok {
		return // its owner is another process
	}
	if st, err := db.Stat(context.Background()); err == nil && st.Flows == 0 {
		im.removed = os.Remove(im.p.DBPath()) == nil
	}
}

// trafficFile is a file to import.
type trafficFile struct {
	name string // as on the command line
	file *os.File
}

// beside opens a file below the folder of the file. A path or link that leads out of the folder is
// an error.
func (f trafficFile) beside(name string) (io.ReadCloser, error) {
	if f.name == "stdin" {
		return nil, fs.ErrNotExist
	}
	return os.OpenInRoot(filepath.Dir(f.name), filepath.FromSlash(name))
}

// openAll opens all files. done closes them and removes the temporary copy of stdin.
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
				return files, done, cli.Misusef("import: - can be named once")
			}
			if f, err = spool(ctx, &im.exit, im.p.Stdin); f != nil {
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
			err = fmt.Errorf("import %s: %w", name, cli.PlainPathError(err))
			return files, done, cli.WithHint(err, "ls -l "+cli.QuoteArg(filepath.Dir(name)))
		}
	}
	return files, done, nil
}

// spool copies stdin to a temporary file, so that a slow pipe does not block the store.
func spool(ctx context.Context, exit *importExit, r io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "spectap-import-*")
	if err != nil {
		return nil, err
	}
	if os.Remove(f.Name()) != nil { // Windows removes no open files
		exit.undo(func() { os.Remove(f.Name()) })
	}
	stop := context.AfterFunc(ctx, func() {
		if c, ok := r.(io.Closer); ok {
			c.Close() // ends a blocked read
		}
	})
	defer stop()
	if _, err := io.Copy(f, r); err != nil {
		return f, errors.Join(ctx.Err(), err)
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// maxBadListed bounds the entries that an error names.
const maxBadListed = 5

// file adds the flows of one file.
func (im *importer) file(ctx context.Context, f trafficFile) error {
	in, err := ReadTraffic(cli.ContextReader{Ctx: ctx, R: f.file}, "import:"+filepath.Base(f.name), im.variables, f.beside)
	if err != nil {
		return badFile(f.name, []error{err})
	}
	to := &importAppender{tx: im.tx}
	defer to.wait() // nothing uses the import afterwards
	var bad, large []error
	n := 0
	var lack lacking
	shown := im.p.StartProgress("reading " + f.name)
	defer shown.End()
	if st, err := f.file.Stat(); err == nil {
		shown.Part = func() (int64, int64) {
			at, _ := f.file.Seek(0, io.SeekCurrent)
			return at, st.Size()
		}
	}
	for fl, err := range in.Flows {
		shown.Add()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if IsTooLarge(err) {
			large = append(large, err)
			continue
		}
		if err != nil {
			bad = append(bad, err)
			continue
		}
		n++
		lack.count(&fl)
		if len(bad) > 0 && !im.skipBad {
			continue // the import fails; read on to list the other bad entries
		}
		if err := to.add(ctx, fl); err != nil {
			return err
		}
	}
	if len(bad) > 0 && (!im.skipBad || isWhole(bad[len(bad)-1])) {
		return badFile(f.name, bad)
	}
	if err := to.flush(ctx); err != nil {
		return err
	}
	im.notes = append(im.notes, imported(f.name, n, in, large, bad)+lack.String())
	return nil
}

// imported describes how many flows of a file were imported and what was skipped.
func imported(name string, n int, in importFile, large, bad []error) string {
	note := fmt.Sprintf("imported %s from %s", cli.Plural(n, "flow"), name)
	k := in.skipped()
	if n+k+len(large)+len(bad) == 0 {
		note += ": it has no entries; make requests, and export it again"
	}
	if k > 0 {
		note += fmt.Sprintf("; left out %s without an HTTP exchange", cli.Plural(k, "entry"))
	}
	note += in.remarks(n)
	if len(large) > 0 {
		note += fmt.Sprintf("; left out %s for their size: %v", cli.Plural(len(large), "entry"), joinSome(large))
	}
	if len(bad) > 0 {
		note += fmt.Sprintf("; left out %s that cannot be imported: %v", cli.Plural(len(bad), "entry"), joinSome(bad))
	}
	return note
}

// lacking counts the missing parts of flows.
type lacking struct{ requests, responses, cut, answers int }

func (l *lacking) count(f *flow.Flow) {
	of := func(b *flow.Body, missing *int) {
		switch {
		case !b.Truncated || b.Omitted != "":
		case len(b.Data) == 0:
			*missing++
		default:
			l.cut++
		}
	}
	of(&f.Request.Body, &l.requests)
	if f.Response == nil {
		l.answers++
		return
	}
	of(&f.Response.Body, &l.responses)
}

// String lists the missing parts. It returns "" if nothing is missing.
func (l *lacking) String() string {
	var b strings.Builder
	for _, c := range []struct {
		what string
		n    int
	}{
		{"bodies of requests that are not in the file", l.requests},
		{"bodies of responses that are not in the file", l.responses},
		{"bodies that are cut off", l.cut},
		{"requests without an answer", l.answers},
	} {
		if c.n > 0 {
			fmt.Fprintf(&b, "; %s: %d", c.what, c.n)
		}
	}
	return b.String()
}
