package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what is printed and saved.
type report struct {
	Machine  map[string]string `json:"machine"`
	Versions map[string]string `json:"versions"`
	Absent   []string          `json:"absent"`
	Rows     []row             `json:"rows"`
}

// row sets esotree beside something else.
type row struct {
	Work    string `json:"work"`
	Beside  string `json:"beside"`
	Ours    side   `json:"ours"`
	Theirs  side   `json:"theirs"`
	Result  string `json:"result"`
	Target  string `json:"target"`
	Reached bool   `json:"reached"`
}

func newReport() report {
	m := map[string]string{"os": runtime.GOOS + "/" + runtime.GOARCH, "cores": fmt.Sprint(runtime.NumCPU()), "go": runtime.Version()}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				m["processor"] = strings.TrimSpace(value)
			}
		}
	}
	return report{Machine: m, Versions: map[string]string{}}
}

// atMost adds a row whose target is that ours takes no more than so many times theirs.
func (r *report) atMost(work string, ours, theirs side, target float64) {
	ratio := ours.Median / theirs.Median
	r.add(row{Work: work, Beside: theirs.Name, Ours: ours, Theirs: theirs, Result: fmt.Sprintf("%.2f x", ratio), Target: fmt.Sprintf("<= %g x", target), Reached: ratio <= target})
}

// faster adds a row whose target is that ours is so many times faster than theirs.
func (r *report) faster(work string, ours, theirs side, target float64) {
	ratio := theirs.Median / ours.Median
	r.add(row{Work: work, Beside: theirs.Name, Ours: ours, Theirs: theirs, Result: fmt.Sprintf("%.1f x faster", ratio), Target: fmt.Sprintf(">= %g x faster", target), Reached: ratio >= target})
}

func (r *report) add(x row) { r.Rows = append(r.Rows, x) }

func (r *report) missed() bool {
	for _, x := range r.Rows {
		if !x.Reached {
			return true
		}
	}
	return false
}

func (r *report) print(out io.Writer) {
	fmt.Fprintf(out, "%s, %s cores, %s, %s\n", r.Machine["processor"], r.Machine["cores"], r.Machine["os"], r.Machine["go"])
	for _, p := range peers() {
		if v := r.Versions[p.name]; v != "" {
			fmt.Fprintf(out, "%s: %s\n", p.name, v)
		}
	}
	if len(r.Absent) > 0 {
		fmt.Fprintf(out, "absent: %s\n", strings.Join(r.Absent, ", "))
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "work\tesotree\tprocessor\tbeside\t\tprocessor\tratio\ttarget\t")
	for _, x := range r.Rows {
		verdict := "ok"
		if !x.Reached {
			verdict = "MISSED"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.Work, text(x.Ours.Median), text(x.Ours.MedianProcessor), x.Beside, text(x.Theirs.Median), text(x.Theirs.MedianProcessor), x.Result, x.Target, verdict)
	}
	w.Flush()
}

func (r *report) save(name string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o666)
}

// text rounds seconds for a reader; "" for what was not measured.
func text(seconds float64) string {
	if seconds == 0 {
		return ""
	}
	d := time.Duration(seconds * float64(time.Second))
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.String()
}
