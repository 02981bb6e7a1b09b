package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/internal/control"
)

// proxy is the program under load.
type proxy struct {
	cmd   *exec.Cmd
	addr  string
	db    string
	roots *x509.CertPool // its CA, which the clients trust
	log   string         // file with its stderr
}

func startProxy(bin, dir, upstreamCA string) (*proxy, error) {
	p := &proxy{db: filepath.Join(dir, "flows.db"), log: filepath.Join(dir, "proxy.log"), roots: x509.NewCertPool()}
	stderr, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer stderr.Close()
	ca := filepath.Join(dir, "ca")
	p.cmd = exec.Command(bin, "proxy", "--db", p.db, "--ca-dir", ca, "--listen", "127.0.0.1:0", "--upstream-ca", upstreamCA, "--keep-size", "0")
	p.cmd.Stderr = stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		p.kill()
		return nil, fmt.Errorf("the proxy did not start: %q, %v; see %s", line, err, p.log)
	}
	p.addr = addr
	pem, err := os.ReadFile(filepath.Join(ca, "ca.pem"))
	if err != nil {
		p.kill()
		return nil, err
	}
	p.roots.AppendCertsFromPEM(pem)
	return p, nil
}

func (p *proxy) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// stop interrupts the proxy and waits until it has stored everything.
func (p *proxy) stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		stderr, _ := os.ReadFile(p.log)
		return fmt.Errorf("the proxy ended: %w\n%s", err, stderr)
	}
	return nil
}

// status is the part of the proxy's status that the report needs.
type status struct {
	Queued int64 `json:"queued"`
	Lost   int64 `json:"lost"`
	Bodies int64 `json:"bodies_lost"`
	Lag    int64 `json:"to_learn"`
}

func (p *proxy) status(ctx context.Context) (s status, err error) {
	c, err := control.Dial(ctx, p.db)
	if err != nil {
		return s, err
	}
	defer c.Close()
	b, err := c.Status(ctx)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(b, &s)
}

// drain waits until inference has caught up, and returns how long that took.
func (p *proxy) drain(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := p.status(ctx)
		if err != nil || s.Lag == 0 && s.Queued == 0 {
			return time.Since(start), err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, fmt.Errorf("inference still lags by %d records: %w", s.Lag, ctx.Err())
		}
	}
}

// cpu returns the user and system time of the proxy, with a resolution of 10 ms.
func (p *proxy) cpu() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	var ticks int64
	for _, i := range []int{11, 12} {
		n, _ := strconv.ParseInt(f[i], 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

var errMemory = errors.New("no Anonymous line in smaps_rollup")

// anonymous returns the bytes of the proxy's memory that no file backs.
func (p *proxy) anonymous() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "Anonymous:" {
			kb, err := strconv.ParseInt(f[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, errMemory
}
