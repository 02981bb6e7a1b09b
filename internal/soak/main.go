// Command soak holds a recording proxy under load for long, and then looks whether everything is in the store: every
// request once, every body byte for byte. Meanwhile it watches the memory of the proxy, what it has lost, and how far
// inference lags behind.
//
//	go run ./internal/soak -bin bin/spectap -for 10m              # small answers as fast as they come
//	go run ./internal/soak -bin bin/spectap -conns 4 -noise -mb 5000   # bodies of 1 MB that nobody had before
//
// Client, upstream and proxy share the machine; all is on loopback. Memory is read from /proc, so it takes Linux.
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

// options say how to load the proxy.
type options struct {
	bin   string
	dir   string        // where the store goes
	conns int           // connections at once
	time  time.Duration // how long at most
	bytes int64         // how much at most, 0 for any amount
	noise bool          // bodies of 1 MB of noise instead of the mix
	curve string        // file for the samples
	disk  int           // bytes to measure the disk with
}

func run(args []string) int {
	o := options{disk: 512 << 20}
	f := flag.NewFlagSet("soak", flag.ExitOnError)
	f.StringVar(&o.bin, "bin", "bin/spectap", "the program")
	f.StringVar(&o.dir, "dir", "", "a folder on the disk to measure (default: a new one for temporary files)")
	f.IntVar(&o.conns, "conns", 16, "connections at once")
	f.DurationVar(&o.time, "for", 10*time.Minute, "load for so long at most")
	f.Int64Var(&o.bytes, "mb", 0, "stop after so many MB of bodies; 0 for any amount")
	f.BoolVar(&o.noise, "noise", false, "bodies of 1 MB of noise; otherwise JSON of 1 KB, of 16 KB and now and then 1 MB of noise")
	f.StringVar(&o.curve, "curve", "", "write the samples to this file, one line a second")
	f.Parse(args)
	o.bytes *= 1e6
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
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

// soak is one run. It returns false when something is missing or wrong.
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
	samples := make(chan curve, 1)
	go func() { samples <- p.watch(watching) }()
	before := p.cpu()
	l := drive(ctx, o, p, up)
	spent := p.cpu() - before
	drained, lagErr := p.drain(ctx)
	unwatch()
	c := <-samples
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
