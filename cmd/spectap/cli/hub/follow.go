package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/days"
	"github.com/spectap/spectap/store"
)

// hubCopy is a command's copy of the log of a hub: a store in the cache, which the command uses
// like any other.
type hubCopy struct {
	Flags
	cache  string     // folder
	live   bool       // follow while the command runs
	models bool       // the models of workers suffice
	since  *time.Time // the value of --since, if models of days answer it; or nil
}

// Follows lets a command, and those below it, read from a hub. A live command follows the hub while
// it runs; others read the log up to its end at their start.
func Follows(p *cli.Program, cmd *cobra.Command, live bool) *cobra.Command {
	for _, sub := range cmd.Commands() {
		Follows(p, sub, live || sub.Name() == "tail")
	}
	_, changes := cmd.Annotations[AnnotationChanges]
	if cmd.RunE == nil || cmd.Name() == "install" || cmd.Name() == "rm" && !changes || cmd.Name() == "compact" {
		return cmd
	}
	f := &hubCopy{live: live}
	end := cli.Under(cmd.Flags(), cli.HeadHub)
	f.addFlags(cmd, "wait for flows that sources have recorded and not sent")
	cmd.Flags().StringVar(&f.cache, "cache", "", "with --db nats://…: keep a copy in this `folder` (default "+cli.Shorten(defaultCache())+")")
	end()
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if ok, err := f.take(p, cmd); err != nil || !ok {
			if err != nil {
				return err
			}
			return run(cmd, args)
		}
		f.models, f.since = needsModels(cmd), sinceOf(cmd)
		done, err := f.follow(cmd.Context(), p)
		if err != nil {
			return err
		}
		return errors.Join(run(cmd, args), done())
	}
	cli.Annotate(cmd, annotationHub)
	return cmd
}

// AnnotationChanges marks commands that change the log of a hub.
const AnnotationChanges = "changes-hub"

// annotationHub marks the commands that take --db nats://….
const annotationHub = "hub"

// Check refuses the address of a hub for commands that need a file, and that of a hub of former
// versions, which had no log.
func Check(p *cli.Program, cmd *cobra.Command) error {
	if strings.HasPrefix(p.Global.DB, "spectap://") {
		return cli.WithHint(cli.Misusef("--db %s: hubs that keep stores are gone; a hub is nats://HOST:PORT/TEAM", p.Global.DB),
			"spectap hub --jetstream --listen HOST:PORT --dir DIR   # and a worker; --db DIR/TEAM.db reads the former store")
	}
	if _, ok := cmd.Annotations[annotationHub]; ok || !cli.IsHub(p.Global.DB) {
		return nil
	}
	return cli.WithHint(cli.Misusef("%s needs a file: --db %s is a hub", cmd.CommandPath(), p.Global.DB),
		"spectap store stats --db "+p.Global.DB+"   # prints the file of the copy, which --db can name")
}

func defaultCache() string { return filepath.Join(xdg.CacheHome, "spectap") }

// follow brings the copy up to date, and makes it the store of the command. done ends following.
func (f *hubCopy) follow(ctx context.Context, p *cli.Program) (done func() error, err error) {
	log, err := p.Logger()
	if err != nil {
		return nil, err
	}
	l, err := f.connect(ctx, p, log, 0)
	if err != nil {
		return nil, err
	}
	p.Hub = &cli.HubView{
		Address: f.Address, Log: l, Status: func() relay.FollowerStatus { return relay.FollowerStatus{} },
		Hint: func(err error) error { return Hint(&f.Flags, err) },
	}
	if p.Global.DB, err = f.path(l); err != nil {
		l.Close()
		return nil, err
	}
	if f.models && f.useModels(ctx, p, l, log) {
		return l.Close, nil
	}
	db, fw, err := f.openFollower(ctx, p, l, log)
	if errors.Is(err, relay.ErrExpired) {
		fmt.Fprintf(p.Stderr, "spectap: %s was not used for longer than the hub keeps flows, and is made again\n", cli.Shorten(p.Global.DB))
		if err = os.Remove(p.Global.DB); err == nil {
			db, fw, err = f.openFollower(ctx, p, l, log)
		}
	}
	switch {
	case err != nil:
		return nil, errors.Join(Hint(&f.Flags, err), l.Close())
	case db == nil: // another process follows the hub
		return l.Close, nil
	}
	p.Hub.Status = fw.Status
	if !f.live {
		return l.Close, db.Close()
	}
	return f.stay(ctx, p, l, db, fw)
}

// openFollower opens the copy and brings it up to date. It returns no store if another process
// already follows the hub.
func (f *hubCopy) openFollower(ctx context.Context, p *cli.Program, l hubLog, log *slog.Logger) (*store.DB, *relay.Follower, error) {
	db, err := f.openCopy(ctx, p, l, log)
	if err != nil || db == nil {
		return nil, nil, err
	}
	fw, err := relay.NewFollower(ctx, relay.FollowerConfig{Store: db, Log: l, Start: startOf(db), Logger: log})
	if err == nil {
		err = f.catchUp(ctx, p, l, fw)
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, fw, nil
}

// path returns the file of the copy. Another log under the same address has another file.
func (f *hubCopy) path(l hubLog) (string, error) {
	dir := cmp.Or(f.cache, defaultCache())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of --cache: %w", err)
	}
	_, team, _ := strings.Cut(strings.TrimPrefix(f.Address, cli.NatsScheme), "/")
	team, _, _ = strings.Cut(team, "?")
	return filepath.Join(dir, strings.Trim(team, "/")+"-"+cmp.Or(l.ID(), "unknown")+".db"), nil
}

// catchUp applies the log of the hub, with --wait also the records that sources still have to send.
func (f *hubCopy) catchUp(ctx context.Context, p *cli.Program, l relay.Log, fw *relay.Follower) error {
	if err := f.tryCatchUp(ctx, fw); err != nil {
		return err
	}
	if f.Wait {
		err := f.await(ctx, p, l, func() (map[string]uint64, error) {
			err := f.tryCatchUp(ctx, fw)
			return fw.Marks(), err
		})
		if err != nil {
			return err
		}
	}
	st := fw.Status()
	for source, after := range st.Gaps {
		if st.Newer[source] {
			fmt.Fprintf(p.Stderr, "spectap: a newer version sent the flows of %s after %d: update this one to read them\n", source, after)
			continue
		}
		fmt.Fprintf(p.Stderr, "spectap: the hub lost flows of %s after %d; they were asked for again\n", source, after)
	}
	return nil
}

// SayAfter is the time that a command waits for sources before it prints that it waits. Tests
// shorten it.
var SayAfter = 5 * time.Second

// await waits until a copy has everything that the sources have recorded. look returns the
// progress.
func (f *hubCopy) await(ctx context.Context, p *cli.Program, l relay.Log, look func() (map[string]uint64, error)) error {
	start, reported := time.Now(), false
	a := relay.NewAwaiter(l, flow.NewID().String())
	for {
		marks, err := look()
		if err != nil {
			return err
		}
		missing, silent, err := a.Missing(ctx, marks, time.Now())
		if err == nil && len(missing) == 0 {
			for _, source := range silent {
				fmt.Fprintf(p.Stderr, "spectap: %s does not answer: what it has not sent is missing\n", source)
			}
			return nil
		}
		if !reported && time.Since(start) > SayAfter {
			reported = true
			fmt.Fprintf(p.Stderr, "spectap: waiting for %s\n", cmp.Or(strings.Join(missing, ", "), "the hub"))
		}
		if err := pause.For(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("wait for %s: %w", strings.Join(missing, ", "), err)
		}
	}
}

// tryCatchUp applies the log of the hub. It retries during elections, and with --wait during any
// outage.
func (f *hubCopy) tryCatchUp(ctx context.Context, fw *relay.Follower) error {
	for start := time.Now(); ; {
		err := fw.CatchUp(ctx)
		if err == nil || relay.IsFinal(err) || ctx.Err() != nil || !f.Wait && time.Since(start) > electionTime {
			return err
		}
		pause.For(ctx, 200*time.Millisecond)
	}
}

// stay follows the hub until done is called. The command reads the copy through its socket, as it
// would read from a proxy.
func (f *hubCopy) stay(ctx context.Context, p *cli.Program, l hubLog, db *store.DB, fw *relay.Follower) (func() error, error) {
	log, err := p.Logger()
	if err != nil {
		return nil, err
	}
	s, err := control.Start(control.Config{Store: db, Path: p.Global.DB, Logger: log})
	if err != nil {
		return nil, errors.Join(err, db.Close(), l.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		err := fw.Run(ctx)
		if err != nil {
			log.Error("following the hub has ended", "err", err)
		}
		ended <- err
	}()
	return func() error {
		cancel()
		return errors.Join(<-ended, s.Close(), db.Close(), l.Close())
	}, nil
}

// openCopy opens the copy. If another process follows the same hub, it waits until that process has
// the records that the sources sent, and returns nil. It also waits for a process that opens the
// copy for a short time.
func (f *hubCopy) openCopy(ctx context.Context, p *cli.Program, l relay.Log, log *slog.Logger) (*store.DB, error) {
	for start, reported := time.Now(), false; ; {
		db, err := store.Open(p.Global.DB, store.Options{Create: true, Logger: log})
		if !errors.Is(err, store.ErrLocked) {
			return db, cli.StoreHint(p.Global.DB, err)
		}
		if err := f.awaitOwner(ctx, p, l); !errors.Is(err, control.ErrNoOwner) {
			return nil, err
		}
		if !reported && time.Since(start) > SayAfter {
			reported = true
			fmt.Fprintf(p.Stderr, "spectap: waiting for the process that has %s open\n", cli.Shorten(p.Global.DB))
		}
		if err := pause.For(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// awaitOwner waits until another process that follows the same hub has the records that the sources
// report as sent, and with --wait those that they have recorded. Without --wait it returns when no
// more records arrive.
func (f *hubCopy) awaitOwner(ctx context.Context, p *cli.Program, l relay.Log) error {
	want, err := relay.Sent(ctx, l)
	if err != nil {
		return err
	}
	st, err := control.Dial(ctx, p.Global.DB)
	if err != nil {
		return err
	}
	defer st.Close()
	if f.Wait {
		return f.await(ctx, p, l, func() (map[string]uint64, error) { return marksOf(ctx, st) })
	}
	var behind []string
	for start, moved, before := time.Now(), time.Now(), map[string]uint64(nil); ; {
		marks, err := marksOf(ctx, st)
		if err != nil {
			return err
		}
		if !maps.Equal(marks, before) {
			moved, before = time.Now(), marks
		}
		behind = behind[:0]
		for source, n := range want {
			if marks[source] < n {
				behind = append(behind, source)
			}
		}
		if len(behind) == 0 {
			return nil
		}
		if time.Since(moved) > SayAfter || time.Since(start) > ownerTime {
			slices.Sort(behind)
			fmt.Fprintf(p.Stderr, "spectap: not all that these sources say to have sent is here: %s\n", strings.Join(behind[:min(len(behind), 10)], ", "))
			return nil
		}
		if err := pause.For(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("wait for the process that has %s open: %w", p.Global.DB, err)
		}
	}
}

// ownerTime bounds the time that a command waits for another process to get the records that
// sources report as sent. The hub may have lost them, and the reports may be wrong.
const ownerTime = time.Minute

// marksOf returns the position of a copy in the records of each source.
func marksOf(ctx context.Context, st store.Reader) (map[string]uint64, error) {
	stat, err := st.Stat(ctx)
	if err != nil {
		return nil, err
	}
	marks := map[string]uint64{}
	for source, x := range stat.Sources {
		marks[source] = x.Last
	}
	return marks, nil
}

// AnnotationModels marks commands that need only the facts learned from the flows of a hub.
const AnnotationModels = "hub-models"

// flagsOfFlows are the flags with which such a command needs flows as well.
var flagsOfFlows = []string{"report", "limit", "session", "tag", "wait"}

// needsModels reports whether a command needs only the learned facts.
func needsModels(cmd *cobra.Command) bool {
	for _, name := range flagsOfFlows {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			return false
		}
	}
	_, ok := cmd.Annotations[AnnotationModels]
	return ok
}

// wholeDays is the age from which --since selects whole days, because the models of workers cover
// days.
const wholeDays = 48 * time.Hour

// sinceOf returns the value of --since, or nil if it must be answered from flows instead of the
// models of days.
func sinceOf(cmd *cobra.Command) *time.Time {
	f := cmd.Flags().Lookup("since")
	if f == nil || !f.Changed {
		return nil
	}
	since, ok := f.Value.(flagset.SinceFlag)
	if !ok || !since.At.Equal(days.Of(*since.At).Start()) && time.Since(*since.At) < wholeDays {
		return nil
	}
	return since.At
}

// behind is the time that a command waits for workers that have not applied a deletion yet.
const behind = 5 * time.Second

// useModels gives a command the facts of the workers, and reports whether it could. Copying the
// whole log takes much longer, and the log lacks expired flows. An existing copy is used instead,
// except with --since, for which its flows may not reach back far enough.
func (f *hubCopy) useModels(ctx context.Context, p *cli.Program, l hubLog, log *slog.Logger) bool {
	if _, err := os.Stat(p.Global.DB); err == nil && f.since == nil {
		return false
	}
	facts, err := f.learned(ctx, l)
	for start := time.Now(); errors.Is(err, relay.ErrDeleted) && time.Since(start) < behind && pause.For(ctx, time.Second/4) == nil; {
		facts, err = f.learned(ctx, l)
	}
	switch {
	case errors.Is(err, days.ErrTooOld):
		fmt.Fprintf(p.Stderr, "spectap: %v by the workers: the document is of the flows that the hub still has\n", err)
		return false
	case err != nil:
		log.Debug("the models of the workers are not used", "err", err)
		return false
	}
	p.Hub.Facts = facts
	return true
}

// learned returns the facts of the workers. With --since they cover whole days.
func (f *hubCopy) learned(ctx context.Context, l hubLog) (*catalog.Facts, error) {
	newModel := func() relay.Model { return infer.New() }
	if f.since == nil {
		facts, err := relay.Learned(ctx, l, newModel)
		if err != nil {
			return nil, err
		}
		return &catalog.Facts{Model: mergeModels(facts.Models)}, nil
	}
	day := days.Of(*f.since)
	facts, err := relay.LearnedSince(ctx, l, newModel, day)
	if err != nil {
		return nil, err
	}
	*f.since = day.Start()
	return &catalog.Facts{Model: mergeModels(facts.Models), Since: *f.since}, nil
}

// startOf lets a new copy begin with the models of the workers, which may know flows that the hub
// no longer has.
func startOf(db *store.DB) *relay.Start {
	return &relay.Start{
		NewModel: func() relay.Model { return infer.New() },
		Save: func(ctx context.Context, models []relay.Model) error {
			return catalog.Adopt(ctx, db, mergeModels(models))
		},
	}
}

func mergeModels(list []relay.Model) *infer.Model {
	all := infer.New()
	for _, m := range list {
		all.Merge(m.(*infer.Model))
	}
	return all
}
