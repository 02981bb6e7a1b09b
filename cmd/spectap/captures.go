package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/modelfile"
)

// dbFlag is the value of --db. Only some commands take more than one: see takesSeveralDBs.
type dbFlag struct {
	p     *program
	set   bool     // by the command line
	named []string // by the command line or the environment
}

func (p *program) newDBFlag(def string) *dbFlag {
	p.global.db = def
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
	if hasCredentials(d.p.global.db) { // help prints it
		return natsScheme + "…"
	}
	return d.p.global.db
}

func (d *dbFlag) Type() string { return "file" }

func (d *dbFlag) Set(path string) error {
	if d.set {
		d.p.global.moreDBs = append(d.p.global.moreDBs, path)
		d.named = append(d.named, path)
		return nil
	}
	d.p.global.db, d.set, d.named = path, true, []string{path}
	return nil
}

// severalDBs is the annotation of a command that takes several stores.
const severalDBs = "several-dbs"

// takesSeveralDBs lets --db name several captures, and files of facts and folders with them.
func takesSeveralDBs(cmd *cobra.Command) {
	annotate(cmd, severalDBs)
	cmd.Long = joinHelp(cmp.Or(cmd.Long, cmd.Short+"."), `--db may be repeated, and name files of facts (spectap model) and folders whose *.db and *.model files are read.
The result is that of one store with all the flows.`)
}

func joinHelp(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n\n" + b
}

// checkDBs refuses more than one --db for a command that reads one store.
func (p *program) checkDBs(cmd *cobra.Command) error {
	if _, several := cmd.Annotations[severalDBs]; len(p.global.moreDBs) > 0 && !several {
		return usagef(cmd, "%s takes one --db", cmd.CommandPath())
	}
	if slices.ContainsFunc(append([]string{p.global.db}, p.global.moreDBs...), hasCredentials) { // and is not printed
		return &hint{&misuse{errors.New("--db: the address of a hub has credentials, which other users see in the list of processes")},
			"--db " + natsScheme + "HOST:PORT/TEAM --creds FILE   # with the seed of an nkey, or NATS credentials"}
	}
	return nil
}

// captures returns the files that --db names, if they are more than one store.
func (p *program) captures() (files []string, err error) {
	if len(p.global.moreDBs) == 0 {
		path := p.dbPath()
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() && !isModelFile(path) {
			return nil, nil // a store, or opening it says what is wrong
		}
	}
	for _, path := range append([]string{p.dbPath()}, p.global.moreDBs...) {
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
	if p.global.session != "" {
		return nil, &misuse{errors.New("--session is for one --db: sessions have numbers in one store")}
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
		return nil, &hint{fmt.Errorf("folder %s has no *.db or *.model files", dir),
			"spectap model save --db FILE -o " + quoteArg(filepath.Join(dir, "NAME.model"))}
	}
	slices.Sort(files)
	return files, nil
}

// isModelFile reports whether a file begins like one with facts.
func isModelFile(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64)
	n, err := io.ReadFull(f, head)
	return (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) && modelfile.IsModel(head[:n])
}

// openParts returns a catalog of several files. err, unless nil, is returned.
func (p *program) openParts(files []string, err error) (*catalog.Catalog, func(), error) {
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
			f, err = readModel(path)
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
	return catalog.NewMerged(catalog.Config{Corrections: p.corrections, Hides: p.hides()}, parts...), done, nil
}

// readModel reads a file of facts.
func readModel(path string) (catalog.Facts, error) {
	data, err := readFile(path, modelfile.MaxFile)
	var f catalog.Facts
	if err == nil {
		f, err = modelfile.Decode(data)
	}
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, modelfile.ErrNotModel):
		return f, &hint{fmt.Errorf("read %s: %w", path, err), "spectap model save --db " + quoteArg(path) + " -o FILE.model   # if it is a store"}
	case errors.Is(err, modelfile.ErrVersion):
		return f, &hint{fmt.Errorf("read %s: %w", path, err), "spectap model save   # again, from the store, with this version"}
	case errors.Is(err, fs.ErrNotExist):
		return f, namedFile(path, fmt.Errorf("read %s: %w", path, fs.ErrNotExist))
	}
	return f, fmt.Errorf("read %s: %w", path, plainPathError(err))
}
