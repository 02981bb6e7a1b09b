package attack

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// deadline is the time after which work counts as endless, also on a machine that has much else to do.
const deadline = 2 * time.Minute

// environ is the environment of the program: nothing of the developer's.
func (a *attack) environ(env ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + a.dir, "XDG_DATA_HOME=" + filepath.Join(a.dir, "data"), "TMPDIR=" + os.TempDir(),
	}, env...)
}

// outcome is the result of a run of the program.
type outcome struct {
	stdout, stderr string
	status         int
	endless        bool // it was killed after the deadline
	peak           int  // of its memory in MiB; 0 if unknown
}

// spectap runs the program to its end.
func (a *attack) spectap(args ...string) outcome {
	return a.spectapWith(nil, strings.NewReader(""), args...)
}

// spectapWith runs the program with further variables and with input.
func (a *attack) spectapWith(env []string, stdin io.Reader, args ...string) outcome {
	a.Helper()
	ctx, cancel := context.WithTimeout(a.Context(), deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env, cmd.Dir = a.environ(env...), a.dir
	cmd.WaitDelay = time.Second
	var out, errs limitedBuffer
	cmd.Stdout, cmd.Stderr, cmd.Stdin = &out, &errs, stdin
	must.Do(a, cmd.Start())
	peak := watchPeak(cmd.Process.Pid)
	cmd.Wait() // the status says enough
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode(), ctx.Err() != nil, peak()}
}

// must runs a command that prepares the attack.
func (a *attack) must(args ...string) string {
	a.Helper()
	o := a.spectap(args...)
	if o.status != 0 {
		a.Fatalf("spectap %q: status %d: %s%s", args, o.status, o.stdout, o.stderr)
	}
	return o.stdout
}

// limitedBuffer keeps the first 64 MiB and counts the rest.
type limitedBuffer struct {
	bytes.Buffer
	more int
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > 64<<20 {
		b.more += len(p)
		return len(p), nil
	}
	return b.Buffer.Write(p)
}

// watchPeak reads the peak of a process's memory until the returned function is called, which
// returns it in MiB. On other systems than Linux it is 0.
func watchPeak(pid int) func() int {
	done, peak := make(chan struct{}), make(chan int, 1)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		most := 0
		for {
			most = max(most, peakOf(pid))
			select {
			case <-done:
				peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	return func() int {
		close(done)
		return <-peak
	}
}

// peakOf returns the peak of a running process's memory in MiB, 0 if it is unknown.
func peakOf(pid int) int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	rest, _, _ = strings.Cut(strings.TrimSpace(rest), " ")
	kb, _ := strconv.Atoi(rest)
	return kb >> 10
}

// service is a running program.
type service struct {
	a      *attack
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	done   chan struct{}

	mu     sync.Mutex // guards stderr
	stderr bytes.Buffer
	wrote  chan struct{} // gets a value after each write to stderr
}

func (s *service) Write(p []byte) (int, error) {
	s.mu.Lock()
	s.stderr.Write(p)
	s.mu.Unlock()
	select {
	case s.wrote <- struct{}{}:
	default:
	}
	return len(p), nil
}

// log returns what the program has written to stderr.
func (s *service) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stderr.String()
}

// start starts the program; the end of the attack stops it.
func (a *attack) start(env []string, args ...string) *service {
	a.Helper()
	s := &service{a: a, cmd: exec.Command(binary, args...), done: make(chan struct{}), wrote: make(chan struct{}, 1)}
	s.cmd.Env, s.cmd.Dir, s.cmd.Stderr = a.environ(env...), a.dir, s
	stdin := must.Get(s.cmd.StdinPipe())
	stdout, w, err := os.Pipe()
	if err != nil {
		a.Fatal(err)
	}
	s.stdin, s.stdout, s.cmd.Stdout = stdin, bufio.NewReaderSize(stdout, 1<<16), w
	must.Do(a, s.cmd.Start())
	w.Close()
	go func() {
		s.cmd.Wait()
		close(s.done)
	}()
	a.Cleanup(func() {
		s.stop()
		stdout.Close()
	})
	return s
}

// stop interrupts the program and waits for its end.
func (s *service) stop() {
	s.stdin.Close()
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(deadline):
		s.cmd.Process.Kill()
		<-s.done
	}
}

// waitLog waits until stderr has a text, and returns the rest of its line.
func (s *service) waitLog(text string) string {
	s.a.Helper()
	return s.waitLogs(text, 1)
}

// waitLogs waits until stderr has a text n times, and returns the rest of the last line.
func (s *service) waitLogs(text string, n int) string {
	s.a.Helper()
	end := time.After(deadline)
	for {
		if parts := strings.SplitN(s.log(), text, n+1); len(parts) > n {
			if line, _, whole := strings.Cut(parts[n], "\n"); whole {
				return strings.TrimSpace(line)
			}
		}
		select {
		case <-s.wrote:
		case <-s.done:
			s.a.Fatalf("the program ended: %s", s.log())
		case <-end:
			s.a.Fatalf("stderr has no %q: %s", text, s.log())
		}
	}
}
