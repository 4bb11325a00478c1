/** Packages of distributions that have a shared library. */
export interface SystemPackages {
  readonly debian: string;
  readonly alpine: string;
}

type Names = readonly [debian: string, alpine: string];

/** soname → Debian's package and Alpine's. What packages of Python are known to want from the system. */
const bySoname: ReadonlyMap<string, Names> = new Map(
  Object.entries<Names>({
    'libEGL.so.1': ['libegl1', 'mesa-egl'],
    'libGL.so.1': ['libgl1', 'mesa-gl'],
    'libGLU.so.1': ['libglu1-mesa', 'glu'],
    'libGLX.so.0': ['libglx0', 'mesa-gl'],
    'libGLdispatch.so.0': ['libglvnd0', 'mesa-gl'],
    'libICE.so.6': ['libice6', 'libice'],
    'libOSMesa.so.8': ['libosmesa6', 'mesa-osmesa'],
    'libOpenCL.so.1': ['ocl-icd-libopencl1', 'opencl-icd-loader'],
    'libOpenGL.so.0': ['libopengl0', 'mesa-gl'],
    'libSM.so.6': ['libsm6', 'libsm'],
    'libX11.so.6': ['libx11-6', 'libx11'],
    'libXau.so.6': ['libxau6', 'libxau'],
    'libXcomposite.so.1': ['libxcomposite1', 'libxcomposite'],
    'libXcursor.so.1': ['libxcursor1', 'libxcursor'],
    'libXdamage.so.1': ['libxdamage1', 'libxdamage'],
    'libXext.so.6': ['libxext6', 'libxext'],
    'libXfixes.so.3': ['libxfixes3', 'libxfixes'],
    'libXft.so.2': ['libxft2', 'libxft'],
    'libXi.so.6': ['libxi6', 'libxi'],
    'libXinerama.so.1': ['libxinerama1', 'libxinerama'],
    'libXrandr.so.2': ['libxrandr2', 'libxrandr'],
    'libXrender.so.1': ['libxrender1', 'libxrender'],
    'libXt.so.6': ['libxt6', 'libxt'],
    'libXtst.so.6': ['libxtst6', 'libxtst'],
    'libXxf86vm.so.1': ['libxxf86vm1', 'libxxf86vm'],
    'libaio.so.1': ['libaio1', 'libaio'],
    'libasound.so.2': ['libasound2', 'alsa-lib'],
    'libatk-1.0.so.0': ['libatk1.0-0', 'at-spi2-core'],
    'libatomic.so.1': ['libatomic1', 'libatomic'],
    'libblas.so.3': ['libblas3', 'blas'],
    'libbrotlidec.so.1': ['libbrotli1', 'brotli-libs'],
    'libbz2.so.1.0': ['libbz2-1.0', 'libbz2'],
    'libcairo.so.2': ['libcairo2', 'cairo'],
    'libcrypto.so.3': ['libssl3', 'libcrypto3'],
    'libcups.so.2': ['libcups2', 'cups-libs'],
    'libcurl-gnutls.so.4': ['libcurl3-gnutls', 'libcurl'],
    'libcurl.so.4': ['libcurl4', 'libcurl'],
    'libdbus-1.so.3': ['libdbus-1-3', 'dbus-libs'],
    'libdrm.so.2': ['libdrm2', 'libdrm'],
    'libexpat.so.1': ['libexpat1', 'libexpat'],
    'libfontconfig.so.1': ['libfontconfig1', 'fontconfig'],
    'libfreetype.so.6': ['libfreetype6', 'freetype'],
    'libfribidi.so.0': ['libfribidi0', 'fribidi'],
    'libgbm.so.1': ['libgbm1', 'mesa-gbm'],
    'libgcc_s.so.1': ['libgcc-s1', 'libgcc'],
    'libgdk_pixbuf-2.0.so.0': ['libgdk-pixbuf-2.0-0', 'gdk-pixbuf'],
    'libgeos_c.so.1': ['libgeos-c1v5', 'geos'],
    'libgfortran.so.5': ['libgfortran5', 'libgfortran'],
    'libgio-2.0.so.0': ['libglib2.0-0', 'glib'],
    'libglib-2.0.so.0': ['libglib2.0-0', 'glib'],
    'libgmp.so.10': ['libgmp10', 'gmp'],
    'libgobject-2.0.so.0': ['libglib2.0-0', 'glib'],
    'libgomp.so.1': ['libgomp1', 'libgomp'],
    'libgssapi_krb5.so.2': ['libgssapi-krb5-2', 'krb5-libs'],
    'libgtk-3.so.0': ['libgtk-3-0', 'gtk+3.0'],
    'libgthread-2.0.so.0': ['libglib2.0-0', 'glib'],
    'libharfbuzz.so.0': ['libharfbuzz0b', 'harfbuzz'],
    'libibverbs.so.1': ['libibverbs1', 'libibverbs'],
    'libjpeg.so.62': ['libjpeg62-turbo', 'libjpeg-turbo'],
    'libkrb5.so.3': ['libkrb5-3', 'krb5-libs'],
    'liblapack.so.3': ['liblapack3', 'lapack'],
    'liblcms2.so.2': ['liblcms2-2', 'lcms2'],
    'liblz4.so.1': ['liblz4-1', 'lz4-libs'],
    'liblzma.so.5': ['liblzma5', 'xz-libs'],
    'libmagic.so.1': ['libmagic1', 'libmagic'],
    'libmariadb.so.3': ['libmariadb3', 'mariadb-connector-c'],
    'libmp3lame.so.0': ['libmp3lame0', 'lame-libs'],
    'libncursesw.so.6': ['libncursesw6', 'libncursesw'],
    'libnspr4.so': ['libnspr4', 'nspr'],
    'libnss3.so': ['libnss3', 'nss'],
    'libnuma.so.1': ['libnuma1', 'numactl'],
    'libodbc.so.2': ['unixodbc', 'unixodbc'],
    'libodbcinst.so.2': ['unixodbc', 'unixodbc'],
    'libogg.so.0': ['libogg0', 'libogg'],
    'libopenblas.so.0': ['libopenblas0', 'openblas'],
    'libopenjp2.so.7': ['libopenjp2-7', 'openjpeg'],
    'libopus.so.0': ['libopus0', 'opus'],
    'libpango-1.0.so.0': ['libpango-1.0-0', 'pango'],
    'libpcre2-8.so.0': ['libpcre2-8-0', 'pcre2'],
    'libpng16.so.16': ['libpng16-16', 'libpng'],
    'libportaudio.so.2': ['libportaudio2', 'portaudio'],
    'libpq.so.5': ['libpq5', 'libpq'],
    'libpulse.so.0': ['libpulse0', 'libpulse'],
    'librdmacm.so.1': ['librdmacm1', 'librdmacm'],
    'libreadline.so.8': ['libreadline8', 'readline'],
    'libsasl2.so.2': ['libsasl2-2', 'libsasl'],
    'libsnappy.so.1': ['libsnappy1v5', 'snappy'],
    'libsndfile.so.1': ['libsndfile1', 'libsndfile'],
    'libsodium.so.23': ['libsodium23', 'libsodium'],
    'libsqlite3.so.0': ['libsqlite3-0', 'sqlite-libs'],
    'libssh2.so.1': ['libssh2-1', 'libssh2'],
    'libssl.so.3': ['libssl3', 'libssl3'],
    'libstdc++.so.6': ['libstdc++6', 'libstdc++'],
    'libtcl8.6.so': ['libtcl8.6', 'tcl'],
    'libtinfo.so.6': ['libtinfo6', 'libncursesw'],
    'libtk8.6.so': ['libtk8.6', 'tk'],
    'libturbojpeg.so.0': ['libturbojpeg0', 'libturbojpeg'],
    'libudev.so.1': ['libudev1', 'eudev-libs'],
    'libusb-1.0.so.0': ['libusb-1.0-0', 'libusb'],
    'libuuid.so.1': ['libuuid1', 'libuuid'],
    'libvorbis.so.0': ['libvorbis0a', 'libvorbis'],
    'libvulkan.so.1': ['libvulkan1', 'vulkan-loader'],
    'libwayland-client.so.0': ['libwayland-client0', 'wayland-libs-client'],
    'libwayland-cursor.so.0': ['libwayland-cursor0', 'wayland-libs-cursor'],
    'libwayland-egl.so.1': ['libwayland-egl1', 'wayland-libs-egl'],
    'libwebp.so.7': ['libwebp7', 'libwebp'],
    'libwebpdemux.so.2': ['libwebpdemux2', 'libwebpdemux'],
    'libwebpmux.so.3': ['libwebpmux3', 'libwebpmux'],
    'libxcb-cursor.so.0': ['libxcb-cursor0', 'xcb-util-cursor'],
    'libxcb-icccm.so.4': ['libxcb-icccm4', 'xcb-util-wm'],
    'libxcb-image.so.0': ['libxcb-image0', 'xcb-util-image'],
    'libxcb-keysyms.so.1': ['libxcb-keysyms1', 'xcb-util-keysyms'],
    'libxcb-render-util.so.0': ['libxcb-render-util0', 'xcb-util-renderutil'],
    'libxcb-shape.so.0': ['libxcb-shape0', 'libxcb'],
    'libxcb-util.so.1': ['libxcb-util1', 'xcb-util'],
    'libxcb-xinerama.so.0': ['libxcb-xinerama0', 'libxcb'],
    'libxcb-xkb.so.1': ['libxcb-xkb1', 'libxcb'],
    'libxcb.so.1': ['libxcb1', 'libxcb'],
    'libxkbcommon-x11.so.0': ['libxkbcommon-x11-0', 'libxkbcommon'],
    'libxkbcommon.so.0': ['libxkbcommon0', 'libxkbcommon'],
    'libxml2.so.2': ['libxml2', 'libxml2'],
    'libxmlsec1.so.1': ['libxmlsec1', 'xmlsec'],
    'libxslt.so.1': ['libxslt1.1', 'libxslt'],
    'libexslt.so.0': ['libxslt1.1', 'libxslt'],
    'libyaml-0.so.2': ['libyaml-0-2', 'yaml'],
    'libz.so.1': ['zlib1g', 'zlib'],
    'libzbar.so.0': ['libzbar0', 'zbar'],
    'libzmq.so.5': ['libzmq5', 'libzmq'],
    'libzstd.so.1': ['libzstd1', 'zstd-libs'],
  }),
);

/** Libraries that are known by many sonames: Debian's package ends in the version, as its policy has it. */
const byName: ReadonlyMap<string, Names> = new Map(
  Object.entries<Names>({
    libFLAC: ['libflac', 'libflac'],
    libavcodec: ['libavcodec', 'ffmpeg-libavcodec'],
    libavformat: ['libavformat', 'ffmpeg-libavformat'],
    libavutil: ['libavutil', 'ffmpeg-libavutil'],
    libffi: ['libffi', 'libffi'],
    libgdal: ['libgdal', 'gdal'],
    libgeos: ['libgeos', 'geos'],
    libicudata: ['libicu', 'icu-libs'],
    libicui18n: ['libicu', 'icu-libs'],
    libicuuc: ['libicu', 'icu-libs'],
    libpoppler: ['libpoppler', 'poppler'],
    libproj: ['libproj', 'proj'],
    libspatialindex: ['libspatialindex', 'libspatialindex'],
    libspatialite: ['libspatialite', 'libspatialite'],
    libswscale: ['libswscale', 'ffmpeg-libswscale'],
    libtbb: ['libtbb', 'onetbb'],
    libtiff: ['libtiff', 'tiff'],
    libvpx: ['libvpx', 'libvpx'],
  }),
);

/** The packages that have a library of this soname, as far as they are known. */
export function systemPackages(soname: string): SystemPackages | undefined {
  const [debian, alpine] = bySoname.get(soname) ?? versioned(soname) ?? [];
  return debian === undefined || alpine === undefined ? undefined : { debian, alpine };
}

function versioned(soname: string): Names | undefined {
  const [, name = '', version = ''] = /^([^.]+)\.so\.(\d[\w.]*)$/.exec(soname) ?? [];
  const [debian, alpine] = byName.get(name) ?? [];
  return debian === undefined || alpine === undefined ? undefined : [debian + version, alpine];
}

/** What the graphics driver of the machine brings along: container runtimes mount it, no image has it. */
export function isDriverLibrary(soname: string): boolean {
  return driver.test(soname);
}

const driver =
  /^lib(?:cuda|cudadebugger|nvcuvid|nvoptix|nvidia-[a-z0-9-]+|GLX_nvidia|EGL_nvidia|GLESv[12](?:_CM)?_nvidia)\.so(?:\.|$)/;
