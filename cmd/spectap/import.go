package main

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

	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

const importExample = `  spectap import shop.har                  # from the developer tools of a browser
  spectap import --db shop.db a.har b.har.gz dump.mitm
  curl https://example.com/x.har | spectap import -
  spectap import --db nats://127.0.0.1:4222/shop shop.har
  sudo tcpdump -i any -w api.pcap 'tcp port 8080'; spectap import api.pcap`

func newImportCmd(p *program) *cobra.Command {
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
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return lackingf(cmd, "%s takes files to import, or - for stdin", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if im.hub.source == "" && isHub(p.global.db) {
				im.hub.source = importName
			}
			if err := im.hub.take(p, cmd); err != nil {
				return err
			}
			return im.run(cmd.Context(), args)
		},
	}
	im.hub.addFlags(cmd)
	cmd.Flags().StringToStringVar(&im.variables, "var", nil,
		"a variable of Postman collections and its value, as `NAME=VALUE`")
	cmd.Flags().BoolVar(&im.skipBad, "skip-bad", false,
		"leave out entries that cannot be imported, instead of importing nothing")
	return cmd
}

// importer is one run of import.
type importer struct {
	p         *program
	skipBad   bool
	variables map[string]string
	hub       importing

	store control.Store
	tx    store.Import
	notes []string
	exit  importExit
	// removed means that the store, which this import created, was removed again.
	removed bool
}

// importGrace is the time that an interrupted import has to end by itself. It is short because the
// process may have to wait for the disk too.
const importGrace = 20 * time.Millisecond

// run imports all files or none. Readers of the store see no flow before all files are read.
//
// Removing the flows of an interrupted import takes as long as storing them did. No reader sees
// what the process leaves, and the next writer that opens the store removes it.
func (im *importer) run(ctx context.Context, names []string) error {
	defer im.p.tuneGC(400, 48<<20)() // .9 times the CPU time, for 10 MB more
	all := sync.OnceValue(func() error { return im.all(ctx, names) })
	_, err := orEndIn(ctx, importGrace, func() (struct{}, error) { return struct{}{}, all() })
	switch {
	case !errors.Is(err, context.Canceled):
		return err
	case !im.exit.leave():
		return all()
	}
	fmt.Fprintln(im.p.stderr, "spectap: nothing was imported")
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
	if err := im.exit.commit(func() error { return im.tx.Commit(ctx) }); err != nil {
		return im.abort(err)
	}
	for _, n := range im.notes {
		fmt.Fprintln(im.p.stderr, n)
	}
	return nil
}

// begin begins the import. end closes what it opened.
func (im *importer) begin(ctx context.Context) (end func(error) error, err error) {
	end = func(failed error) error {
		for _, f := range im.hub.closers {
			f()
		}
		return nil
	}
	if im.hub.on() {
		if im.tx, err = im.hub.begin(ctx, im.p); err != nil {
			end(err)
		}
		return end, err
	}
	_, missing := os.Stat(im.p.dbPath())
	if im.store, err = im.p.open(store.Options{Create: true}); err != nil {
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
		return nil, errors.Join(storeHint(im.p.dbPath(), err), end(err))
	}
	return end, nil
}

// abort aborts the import and returns err with a hint.
func (im *importer) abort(err error) error {
	im.exit.leave()
	if im.removed { // with all that was stored
		return storeHint(im.p.dbPath(), err)
	}
	if aerr := im.tx.Abort(); aerr != nil && !errors.Is(err, control.ErrOwnerGone) {
		err = errors.Join(err, aerr)
	}
	if im.hub.on() {
		return hubHint(&im.hub.hubFlags, err)
	}
	return storeHint(im.p.dbPath(), err)
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
		im.removed = os.Remove(im.p.dbPath()) == nil
	}
}

// trafficFile is a file to import.
type trafficFile struct {
	name string // as on the command line
	file *os.File
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
				return files, done, &misuse{errors.New("import: - can be named once")}
			}
			if f, err = spool(ctx, &im.exit, im.p.stdin); f != nil {
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
			return files, done, &hint{err, unopened(name)}
		}
	}
	return files, done, nil
}

// plainPathError removes the operation and path from an error, for a message that has them already.
func plainPathError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
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
	in, err := readTraffic(contextReader{ctx, f.file}, "import:"+filepath.Base(f.name), im.variables)
	if err != nil {
		return badFile(f.name, []error{err})
	}
	to := &importAppender{tx: im.tx}
	defer to.wait() // nothing uses the import afterwards
	var bad, large []error
	n := 0
	shown := im.p.startProgress("reading " + f.name)
	defer shown.end()
	if st, err := f.file.Stat(); err == nil {
		shown.part = func() (int64, int64) {
			at, _ := f.file.Seek(0, io.SeekCurrent)
			return at, st.Size()
		}
	}
	for fl, err := range in.flows {
		shown.add(1)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if isTooLarge(err) {
			large = append(large, err)
			continue
		}
		if err != nil {
			bad = append(bad, err)
			continue
		}
		n++
		if len(bad) > 0 && !im.skipBad {
			continue // nothing is imported; read on to list the other bad entries
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
	im.notes = append(im.notes, imported(f.name, n, in, large, bad))
	return nil
}

// imported says how many flows of a file were imported, and what was left out.
func imported(name string, n int, in importFile, large, bad []error) string {
	note := fmt.Sprintf("imported %s from %s", plural(n, "flow"), name)
	if k := in.skipped(); k > 0 {
		note += fmt.Sprintf("; left out %s without an HTTP exchange", plural(k, "entry"))
	}
	note += in.remarks(n)
	if len(large) > 0 {
		note += fmt.Sprintf("; left out %s that %s too large: %v", plural(len(large), "entry"), isAre(len(large)), joinSome(large))
	}
	if len(bad) > 0 {
		note += fmt.Sprintf("; left out %s that cannot be imported: %v", plural(len(bad), "entry"), joinSome(bad))
	}
	return note
}

// plural returns a number and a noun with its plural form, such as "2 entries".
func plural(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y") && !strings.HasSuffix(what, "ey"):
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
