// Command soak loads a recording proxy for a long time, and then checks that the store has every
// request once and every body byte for byte. During the load it samples the proxy's memory, its
// losses, and the lag of the inference.
//
//	go run ./internal/soaktest -bin bin/spectap -for 10m                   # small responses at full speed
//	go run ./internal/soaktest -bin bin/spectap -conns 4 -noise -mb 5000   # bodies of 1 MB, all different
//	go run ./internal/soaktest -fill large.db -flows 667000                # no load: write a large store
//
// Client, upstream and proxy share one machine and use loopback. Memory is read from /proc, so the
// command needs Linux. Read main.go first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() { os.Exit(run(os.Args[1:])) }

// options describe the load.
type options struct {
	bin   string
	dir   string        // folder of the store
	conns int           // number of connections
	time  time.Duration // maximal duration
	bytes int64         // maximal bytes of bodies; 0 means no limit
	noise bool          // bodies of 1 MB of noise instead of the mix
	curve string        // file for the samples
	fill  string        // instead of all this, a store to fill
	flows int64         // number of flows in it
	disk  int           // bytes written to measure the disk
}

func run(args []string) int {
	o := options{disk: 512 << 20}
	f := flag.NewFlagSet("soak", flag.ExitOnError)
	f.StringVar(&o.bin, "bin", "bin/spectap", "the program")
	f.StringVar(&o.dir, "dir", "", "a folder on the disk to measure (default: a new temporary folder)")
	f.IntVar(&o.conns, "conns", 16, "number of connections")
	f.DurationVar(&o.time, "for", 10*time.Minute, "maximal duration of the load")
	f.Int64Var(&o.bytes, "mb", 0, "stop after so many MB of bodies; 0 means no limit")
	f.BoolVar(&o.noise, "noise", false, "bodies of 1 MB of noise; otherwise JSON of 1 KB and 16 KB, and sometimes 1 MB of noise")
	f.StringVar(&o.curve, "curve", "", "write the samples to this file, one line per second")
	f.StringVar(&o.fill, "fill", "", "instead of a load, append made-up flows to this store")
	f.Int64Var(&o.flows, "flows", 667_000, "with -fill, the number of flows that the store will have")
	f.Parse(args)
	o.bytes *= 1e6
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if o.fill != "" {
		if err := fill(ctx, o.fill, o.flows, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, "soak:", err)
			return 1
		}
		return 0
	}
	ok, err := soak(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	if !ok {
		return 3
	}
	return 0
}

// soak makes one run. It returns false if a flow is missing or wrong.
func soak(ctx context.Context, o options) (bool, error) {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "soak-")
		if err != nil {
			return false, err
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	disk, err := diskRate(o.dir, o.disk)
	if err != nil {
		return false, err
	}
	up, err := startOrigin(o.dir)
	if err != nil {
		return false, err
	}
	defer up.close()
	p, err := startProxy(o.bin, o.dir, up.caFile)
	if err != nil {
		return false, err
	}
	defer p.kill()

	watching, unwatch := context.WithCancel(ctx)
	watched := make(chan samples, 1)
	go func() { watched <- p.watch(watching) }()
	before := p.cpu()
	l := drive(ctx, o, p, up)
	spent := p.cpu() - before
	drained, lagErr := p.drain(ctx)
	unwatch()
	c := <-watched
	if o.curve != "" {
		if err := c.write(o.curve); err != nil {
			return false, err
		}
	}
	stopErr := p.stop()
	found, err := check(ctx, p.db, l, up.bodies)
	if err != nil {
		return false, err
	}
	report(o, l, c, found, spent, drained, disk)
	if err := errors.Join(lagErr, stopErr); err != nil {
		return false, err
	}
	return found.ok(l) && l.errors == 0, nil
}
