package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// readsSeveralDBs lets --db name several stores, and folders with them, whose flows are read.
func readsSeveralDBs(cmd *cobra.Command) {
	annotate(cmd, severalDBs)
	cmd.Long = joinHelp(cmd.Long, "--db may be repeated, and name folders whose *.db files are read.")
}

// eachStore calls f with each store that --db names, one after the other. name is "" if there is
// only one.
func (p *program) eachStore(f func(name string, st control.Store) error) error {
	files, err := p.captures()
	if err != nil {
		return err
	}
	for _, path := range files { // before the first is read
		if isModelFile(path) {
			return &hint{fmt.Errorf("%s has facts without traffic: there are no flows to read", path), "--db FILE   # a store with flows"}
		}
	}
	if len(files) == 0 {
		return p.withStore(p.dbPath(), func(st control.Store) error { return f("", st) })
	}
	for _, path := range files {
		if err := p.withStore(path, func(st control.Store) error { return f(path, st) }); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) withStore(path string, f func(control.Store) error) error {
	st, err := p.openAt(path, store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	return f(st)
}
