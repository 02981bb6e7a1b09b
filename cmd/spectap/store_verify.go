package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

func newStoreVerifyCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read everything in the store and report errors",
		Example: `  spectap store verify
  spectap store verify --db shop.db --json`,
		Long: `Checks each record against its checksum, each body against its hash, each index against the
records and, unless a proxy is recording, the pages of the file. The output has record numbers
but no captured data. The exit status is 3 if there are errors; spectap store compact then keeps
everything that can be read.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.storeVerify(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) storeVerify(ctx context.Context, asJSON bool) error {
	st, err := p.open(store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	r, err := p.verifyShown(ctx, st)
	if err != nil {
		return err
	}
	if asJSON {
		problems := r.Problems
		if problems == nil {
			problems = []string{}
		}
		err = p.printJSON(struct {
			OK       bool     `json:"ok"`
			Flows    int64    `json:"flows"`
			Bodies   int64    `json:"bodies"`
			Pages    bool     `json:"pages_checked"`
			Problems []string `json:"problems"`
			More     int      `json:"more_problems"`
		}{r.OK(), r.Flows, r.Bodies, r.Pages, problems, r.More})
	} else {
		for _, x := range r.Problems {
			if _, err := fmt.Fprintln(p.stdout, x); err != nil {
				return err
			}
		}
		if r.More > 0 {
			_, err = fmt.Fprintf(p.stdout, "and %d more\n", r.More)
		}
	}
	if err != nil {
		return err
	}
	pages := ""
	if !r.Pages {
		pages = "; the pages were not checked because the store is in use"
	}
	if r.OK() {
		fmt.Fprintf(p.stderr, "%s is whole: %s, %s%s\n",
			p.dbPath(), plural(int(r.Flows), "flow"), bodies(r.Bodies), pages)
		return nil
	}
	problems := plural(len(r.Problems)+r.More, "problem")
	fmt.Fprintf(p.stderr, "%s: %s among %s, %s%s\n",
		p.dbPath(), problems, plural(int(r.Flows), "flow"), bodies(r.Bodies), pages)
	fmt.Fprintf(p.stderr, "try: spectap store compact --db %s   # keeps everything that can be read\n",
		quoteArg(p.dbPath()))
	return exitStatus(exitFound)
}

func bodies(n int64) string {
	if n == 1 {
		return "1 body"
	}
	return fmt.Sprintf("%d bodies", n)
}

// verifyShown verifies the store and shows progress if this process has the file.
func (p *program) verifyShown(ctx context.Context, st control.Store) (*store.Report, error) {
	db, ok := st.(*store.DB)
	if !ok {
		return st.Verify(ctx)
	}
	shown := p.startProgress("checking")
	defer shown.end()
	if s, err := db.Stat(ctx); err == nil {
		// Flows have one body or more, or share it; the bytes of the file say nothing, as they are
		// compressed.
		shown.part = func() (int64, int64) { return int64(shown.n), max(2*s.Flows, int64(shown.n)) }
	}
	return db.VerifyProgress(ctx, func(done int64) {
		shown.n = int(done)
		shown.set(fmt.Sprintf("%d records and bodies", done))
	})
}
