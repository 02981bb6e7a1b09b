package packaging_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// base stands in for the base image, which registries have: the user that is not root.
const base = "FROM scratch\nCOPY passwd /etc/passwd\nCOPY --chmod=1777 tmp /tmp\n"

// TestContainer builds the image, and records a request with the proxy in it.
func TestContainer(t *testing.T) {
	need(t, "buildah")
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	work := t.TempDir()
	buildah := func(args ...string) *exec.Cmd {
		return exec.Command("buildah", append([]string{
			"--storage-driver", "vfs", "--root", filepath.Join(work, "root"), "--runroot", filepath.Join(work, "run"),
		}, args...)...)
	}
	// The context of the base, and that of the image: the program and the folder of the volume.
	context := filepath.Join(work, "context")
	for name, text := range map[string]string{
		"base/passwd": "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n", "base/tmp/.keep": "", "base/Containerfile": base,
		"context/packaging/container/data/.keep": "",
	} {
		file := filepath.Join(work, name)
		must.Do(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must.Do(t, os.WriteFile(file, []byte(text), 0o644))
	}
	output(t, exec.Command("cp", program(t), filepath.Join(context, "spectap")))
	output(t, buildah("bud", "--isolation", "chroot", "-t", "localhost/base", "-f", filepath.Join(work, "base/Containerfile"), filepath.Join(work, "base")))
	output(t, buildah("bud", "--isolation", "chroot", "-t", "localhost/spectap", "--build-arg", "BASE=localhost/base",
		"-f", "Containerfile", context))

	var image struct {
		OCIv1 struct {
			Config struct {
				User            string
				Volumes         map[string]any
				Entrypoint, Cmd []string
				ExposedPorts    map[string]any
			}
		}
	}
	must.Do(t, json.Unmarshal([]byte(output(t, buildah("inspect", "--type", "image", "localhost/spectap"))), &image))
	c := &image.OCIv1.Config
	if _, ok := c.Volumes["/data"]; !ok || c.User != "65532:65532" || strings.Join(c.Entrypoint, " ") != "/usr/bin/spectap" {
		t.Errorf("the image has %+v", c)
	}

	name := strings.TrimSpace(output(t, buildah("from", "--pull-never", "localhost/spectap")))
	mounted := strings.TrimSpace(output(t, buildah("mount", name)))
	if out := output(t, exec.Command("stat", "-c", "%u:%g", filepath.Join(mounted, "data"))); out != "65532:65532\n" {
		t.Errorf("the folder of the volume is %q", out)
	}
	run := func(args ...string) *exec.Cmd {
		return buildah(append([]string{"run", "--isolation", "chroot", "--env", "SPECTAP_PROXY_AUTH=me:secret", name, "--", "/usr/bin/spectap"}, args...)...)
	}
	// Its own command line, but for the port, which another program may use here.
	args := append([]string{}, c.Cmd...)
	for i := range args {
		args[i] = strings.Replace(args[i], "0.0.0.0:8080", "127.0.0.1:0", 1)
	}
	record(t, run(args...), syscall.SIGINT)
	if out := output(t, run("flows", "ls")); !strings.Contains(out, "/from-outside") {
		t.Errorf("the store of the volume has %q", out)
	}
	out, err := run("ca", "path").Output()
	if err != nil || !strings.HasPrefix(string(out), "/data/spectap/ca/") {
		t.Errorf("the CA is at %q, %v", out, err)
	}
}

// record starts a proxy, sends a request through it, and ends it by a signal. It returns the exit
// status.
func record(t *testing.T, proxy *exec.Cmd, by syscall.Signal) int {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	defer upstream.Close()
	stdout := must.Get(proxy.StdoutPipe())
	var stderr strings.Builder
	proxy.Stderr = &stderr
	proxy.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must.Do(t, proxy.Start())
	group := -proxy.Process.Pid
	late := time.AfterFunc(time.Minute, func() { syscall.Kill(group, syscall.SIGKILL) })
	defer late.Stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !found {
		syscall.Kill(group, syscall.SIGKILL)
		proxy.Wait()
		t.Fatalf("the proxy does not say where it listens: %q, %v\n%s", line, err, stderr.String())
	}
	through := &url.URL{Scheme: "http", Host: address, User: url.UserPassword("me", "secret")}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(through)}}
	resp, err := client.Get(strings.Replace(upstream.URL, "127.0.0.1", "api.localhost", 1) + "/from-outside")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("got %v, %v", resp, err)
	} else {
		resp.Body.Close()
	}
	client.CloseIdleConnections()
	syscall.Kill(innermost(proxy.Process.Pid), by)
	io.Copy(io.Discard, stdout)
	proxy.Wait()
	return proxy.ProcessState.ExitCode()
}

// innermost follows the only children of a process to the last one, such as that of a container.
func innermost(pid int) int {
	for {
		var children []string
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
		for _, task := range tasks {
			below, _ := os.ReadFile(task) // the thread may have ended
			children = append(children, strings.Fields(string(below))...)
		}
		if len(children) == 0 {
			return pid
		}
		pid, _ = strconv.Atoi(children[0])
	}
}
