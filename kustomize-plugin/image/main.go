// Command image packs the KRM function into a container image, without Docker: an OCI image layout in one tar file, which
// docker load takes, too. make image builds the function and runs it.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("o", "bin/esotree-fn.tar", "the tar file to write")
	tag := flag.String("tag", "esotree-fn:dev", "the name that docker load gives the image")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: image [-o FILE] [-tag NAME:TAG] BINARY")
		os.Exit(2)
	}
	digest, err := run(flag.Arg(0), *out, *tag)
	if err != nil {
		fmt.Fprintln(os.Stderr, "image: "+err.Error())
		os.Exit(1)
	}
	fmt.Println(*out, *tag, digest)
}

func run(binary, out, tag string) (digest string, err error) {
	data, err := os.ReadFile(binary)
	if err != nil {
		return "", err
	}
	text, digest, err := pack(data, tag)
	if err != nil {
		return "", fmt.Errorf("%s: %w", binary, err)
	}
	return digest, os.WriteFile(out, text, 0o666)
}
