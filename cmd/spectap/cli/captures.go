package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// dbFlag is the value of --db. Only some commands take more than one: see TakesSeveralDBs.
type dbFlag struct {
	p     *Program
	set   bool     // by the command line
	named []string // by the command line or the environment
}

// NewDBFlag returns the value of --db with its default.
func (p *Program) NewDBFlag(def string) *dbFlag {
	p.Global.DB = def
	d := &dbFlag{p: p}
	if def != "" {
		d.named = []string{def}
	}
	return d
}

func (d *dbFlag) String() string {
	if d.p == nil { // pflag asks the zero value for the default
		return ""
	}
	if hasCredentials(d.p.Global.DB) { // help prints it
		return NatsScheme + "…"
	}
	return d.p.Global.DB
}

func (d *dbFlag) Type() string { return "file" }

func (d *dbFlag) Set(path string) error {
	if d.set {
		d.p.Global.MoreDBs = append(d.p.Global.MoreDBs, path)
		d.named = append(d.named, path)
		return nil
	}
	d.p.Global.DB, d.set, d.named = path, true, []string{path}
	return nil
}

// severalDBs is the annotation of a command that takes several stores.
const severalDBs = "several-dbs"

// TakesSeveralDBs lets --db name several captures, files of facts, and folders of both.
func TakesSeveralDBs(cmd *cobra.Command) {
	Annotate(cmd, severalDBs)
	cmd.Long = cmp.Or(cmd.Long, cmd.Short+".") + `

--db may be repeated, and name files of facts (spectap model) and folders whose *.db and *.model files are read.
The result is that of one store with all the flows.`
}

// CheckDBs refuses more than one --db for a command that reads one store.
func (p *Program) CheckDBs(cmd *cobra.Command) error {
	if _, several := cmd.Annotations[severalDBs]; len(p.Global.MoreDBs) > 0 && !several {
		return Usagef(cmd, "%s takes one --db", cmd.CommandPath())
	}
	if slices.ContainsFunc(append([]string{p.Global.DB}, p.Global.MoreDBs...), hasCredentials) { // the file is not printed
		return WithHint(Misusef("--db: the address of a hub has credentials, which other users see in the list of processes"),
			"--db "+NatsScheme+"HOST:PORT/TEAM --creds FILE   # with the seed of an nkey, or NATS credentials")
	}
	return nil
}

// Captures returns the files that --db names, if they are more than one store.
func (p *Program) Captures() (files []string, err error) {
	if len(p.Global.MoreDBs) == 0 {
		path := p.DBPath()
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() && !isModelFile(path) {
			return nil, nil // a store, or opening it returns the error
		}
	}
	for _, path := range append([]string{p.DBPath()}, p.Global.MoreDBs...) {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			files = append(files, path) // reading it reports an error
			continue
		}
		found, err := capturesIn(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if p.Global.Session != "" {
		return nil, Misusef("--session is for one --db: sessions have numbers in one store")
	}
	return files, nil
}

// capturesIn returns the stores and files of facts in a folder, sorted by name.
func capturesIn(dir string) (files []string, err error) {
	for _, pattern := range []string{"*.db", "*.model"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", dir, err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, WithHint(fmt.Errorf("folder %s has no *.db or *.model files", dir),
			"spectap model save --db FILE -o "+QuoteArg(filepath.Join(dir, "NAME.model")))
	}
	slices.Sort(files)
	return files, nil
}

// isModelFile reports whether a file begins like a file of facts.
func isModelFile(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64)
	n, err := io.ReadFull(f, head)
	return (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) && catalog.IsFactsFile(head[:n])
}

// openParts returns a catalog of several files. A non-nil err is returned as it is.
func (p *Program) openParts(files []string, err error) (*catalog.Catalog, func(), error) {
	var parts []catalog.Part
	var ends []func()
	done := func() {
		for _, end := range ends {
			end()
		}
	}
	for _, path := range files {
		if err != nil {
			break
		}
		if isModelFile(path) {
			var f catalog.Facts
			f, err = ReadModel(path)
			parts = append(parts, f)
			continue
		}
		var c *catalog.Catalog
		var end func()
		if c, end, err = p.openCatalogAt(path); err == nil {
			parts, ends = append(parts, c), append(ends, end)
		}
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return catalog.NewMerged(catalog.Config{Corrections: p.Corrections, Hides: p.hides()}, parts...), done, nil
}

// ReadModel reads a file of facts.
func ReadModel(path string) (catalog.Facts, error) {
	data, err := ReadFile(path, catalog.MaxFactsFile)
	var f catalog.Facts
	if err == nil {
		f, err = catalog.DecodeFacts(data)
	}
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, catalog.ErrNotFacts), errors.Is(err, catalog.ErrFactsVersion):
		return f, WithHint(fmt.Errorf("read %s: %w", path, err), "spectap model save --db FILE -o "+QuoteArg(path)+"   # again, from the store")
	}
	return f, NamedFile(path, fmt.Errorf("read %s: %w", path, PlainPathError(err)))
}

// ReadsSeveralDBs lets --db name several stores, or folders of stores, whose flows are read.
func ReadsSeveralDBs(cmd *cobra.Command) {
	Annotate(cmd, severalDBs)
	cmd.Long += "\n\n--db may be repeated, and name folders whose *.db files are read."
}

// EachStore calls f with each store that --db names, one after the other. name is "" if there is
// only one.
func (p *Program) EachStore(f func(name string, st control.Store) error) error {
	files, err := p.Captures()
	if err != nil {
		return err
	}
	for _, path := range files { // before the first is read
		if isModelFile(path) {
			return WithHint(fmt.Errorf("%s has facts without traffic: there are no flows to read", path), "--db FILE   # a store with flows")
		}
	}
	one := func(path, name string) error {
		st, err := p.OpenAt(path, store.Options{ReadOnly: true})
		if err != nil {
			return err
		}
		defer st.Close()
		return f(name, st)
	}
	if len(files) == 0 {
		return one(p.DBPath(), "")
	}
	for _, path := range files {
		if err := one(path, path); err != nil {
			return err
		}
	}
	return nil
}
