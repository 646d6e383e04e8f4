// A Flutter app of the course contract: check-in by camera, the student's own status by listener, and the
// phone as a sensor with a buffer that survives a restart.
//
// Not compiled here: neither Flutter nor pub.dev is available where this project is tested.
//
//   flutter create --platforms android,ios --project-name simpul_example .
//   dart pub global activate flutterfire_cli && flutterfire configure     (writes lib/firebase_options.dart)
//   flutter run --dart-define=SERVER=https://YOUR-PROJECT.web.app
//
// Android: CAMERA and ACCESS_FINE_LOCATION in AndroidManifest.xml. iOS: NSCameraUsageDescription,
// NSLocationWhenInUseUsageDescription and NSMotionUsageDescription in Info.plist.
// Open mode: switch the provider *Anonymous* on in Firebase Authentication.

import 'dart:async';
import 'dart:convert';
import 'dart:math';

import 'package:cloud_firestore/cloud_firestore.dart';
import 'package:firebase_auth/firebase_auth.dart';
import 'package:firebase_core/firebase_core.dart';
import 'package:flutter/material.dart';
import 'package:geolocator/geolocator.dart';
import 'package:http/http.dart' as http;
import 'package:mobile_scanner/mobile_scanner.dart';
import 'package:sensors_plus/sensors_plus.dart';
import 'package:sqflite/sqflite.dart';

import 'firebase_options.dart';

const server = String.fromEnvironment('SERVER');

Future<void> main() async {
  WidgetsFlutterBinding.ensureInitialized();
  await Firebase.initializeApp(options: DefaultFirebaseOptions.currentPlatform);
  final auth = FirebaseAuth.instance;
  if (auth.currentUser == null) await auth.signInAnonymously();
  final outbox = await Outbox.open();
  runApp(MaterialApp(title: 'Presensi', home: Home(outbox)));
}

/// A refusal of the contract: `code` as it names it.
class Refused implements Exception {
  Refused(this.code);
  final String code;
}

/// No answer, or a busy server: the same request may be sent again after `pause`.
class Unavailable implements Exception {
  Unavailable([this.pause = Duration.zero]);
  final Duration pause;
}

/// The data of an answer. Throws Refused and Unavailable.
Future<Map<String, dynamic>> post(String path, Map<String, dynamic> body) async {
  final user = FirebaseAuth.instance.currentUser;
  final http.Response answer;
  final Map<String, dynamic> found;
  try {
    // An anonymous user has no role: open mode needs no token, and verified mode would refuse it.
    final token = user == null || user.isAnonymous ? null : await user.getIdToken();
    answer = await http.post(Uri.parse('$server/$path'), body: jsonEncode(body), headers: {
      'Content-Type': 'application/json',
      if (token != null) 'Authorization': 'Bearer $token',
    }).timeout(const Duration(seconds: 15));
    found = jsonDecode(answer.body) as Map<String, dynamic>;
  } catch (_) {
    throw Unavailable();
  }
  if (found['ok'] == true) return found['data'] as Map<String, dynamic>;
  final code = '${found['error']}';
  final isPassing = answer.statusCode >= 500 || code == 'too_many_requests' || code == 'unauthorized';
  if (!isPassing) throw Refused(code);
  throw Unavailable(Duration(seconds: int.tryParse(answer.headers['retry-after'] ?? '') ?? 0));
}

/// Requests that wait on the phone, sent in their order, each until it is answered. Each body has its
/// times, so the server counts a repeat once.
class Outbox {
  Outbox._(this._database);
  final Database _database;
  final results = StreamController<String>.broadcast();
  bool _isSending = false;
  int _failures = 0;
  Timer? _timer;

  static Future<Outbox> open() async {
    final database = await openDatabase('outbox.db', version: 1, onCreate: (database, _) => database.execute(
        'create table waiting (number integer primary key autoincrement, path text, body text)'));
    return Outbox._(database)..send();
  }

  Future<void> add(String path, Map<String, dynamic> body) async {
    await _database.insert('waiting', {'path': path, 'body': jsonEncode(body)});
    if (_timer == null) unawaited(send());
  }

  Future<void> send() async {
    if (_isSending) return;
    _isSending = true;
    _timer?.cancel();
    _timer = null;
    try {
      while (true) {
        // Check-ins first: a code lives two minutes.
        final rows = await _database.query('waiting',
            orderBy: "path <> 'presence/checkin', number", limit: 1);
        if (rows.isEmpty) return;
        final row = rows.first;
        final path = row['path']! as String;
        try {
          final data = await post(path, jsonDecode(row['body']! as String) as Map<String, dynamic>);
          if (path == 'presence/checkin') results.add('Hadir (${data['presence_id']})');
        } on Refused catch (refused) {
          results.add('Ditolak: ${refused.code}');
        }
        _failures = 0;
        await _database.delete('waiting', where: 'number = ?', whereArgs: [row['number']]);
      }
    } on Unavailable catch (failure) {
      final usual = Duration(seconds: min(1 << min(_failures++, 6), 60));
      _timer = Timer(failure.pause > usual ? failure.pause : usual, send);
      results.add('Menunggu jaringan.');
    } finally {
      _isSending = false;
    }
  }
}

/// The phone's accelerometer, a batch every two seconds, and its position.
class Sensors {
  Sensors(this._outbox, this._device);
  final Outbox _outbox;
  final String _device;
  final _samples = <Map<String, dynamic>>[];
  final _subscriptions = <StreamSubscription<Object?>>[];
  Timer? _timer;

  Future<void> start() async {
    await Geolocator.requestPermission();
    _subscriptions
      ..add(accelerometerEventStream(samplingPeriod: SensorInterval.uiInterval).listen((event) {
        final t = event.timestamp.toUtc().toIso8601String();
        _samples.add({'t': t, 'x': event.x, 'y': event.y, 'z': event.z});
      }))
      ..add(Geolocator.getPositionStream().listen((position) => _outbox.add('telemetry/gps', {
            'device_id': _device,
            'ts': position.timestamp.toUtc().toIso8601String(),
            'lat': position.latitude,
            'lng': position.longitude,
            'accuracy_m': position.accuracy,
          }), onError: (Object _) {}));
    _timer = Timer.periodic(const Duration(seconds: 2), (_) => _keep());
  }

  void stop() {
    _timer?.cancel();
    for (final subscription in _subscriptions) {
      unawaited(subscription.cancel());
    }
    _subscriptions.clear();
    _keep();
  }

  void _keep() {
    if (_samples.isEmpty) return;
    final body = {'device_id': _device, 'ts': _samples.last['t'], 'samples': [..._samples]};
    _samples.clear();
    unawaited(_outbox.add('telemetry/accel', body));
  }
}

/// Course, session and token of a QR code: a link of a Simpul console, or the bare token.
(String?, String?, String) read(String text) {
  final fields = Uri.splitQueryString(Uri.tryParse(text)?.fragment ?? '');
  return (fields['c'], fields['s'], fields['t'] ?? text);
}

class Home extends StatefulWidget {
  const Home(this.outbox, {super.key});
  final Outbox outbox;

  @override
  State<Home> createState() => _HomeState();
}

class _HomeState extends State<Home> {
  final _user = TextEditingController(), _course = TextEditingController(), _session = TextEditingController();
  late final _sensors = Sensors(widget.outbox, 'flutter-${FirebaseAuth.instance.currentUser!.uid}');
  bool _isSensing = false;

  Future<void> _scan() async {
    final text = await Navigator.push<String>(context, MaterialPageRoute(builder: (_) => const Scanner()));
    if (text == null) return;
    final (course, session, token) = read(text);
    setState(() {
      _course.text = course ?? _course.text;
      _session.text = session ?? _session.text;
    });
    await widget.outbox.add('presence/checkin', {
      'user_id': _user.text,
      'device_id': 'flutter-${FirebaseAuth.instance.currentUser!.uid}',
      'course_id': _course.text,
      'session_id': _session.text,
      'qr_token': token,
    });
    unawaited(widget.outbox.send());
  }

  @override
  Widget build(BuildContext context) {
    final isComplete = [_user, _course, _session].every((one) => one.text.isNotEmpty);
    return Scaffold(
      appBar: AppBar(title: const Text('Presensi')),
      body: ListView(padding: const EdgeInsets.all(16), children: [
        for (final (field, label) in [(_user, 'NIM'), (_course, 'Kelas'), (_session, 'Sesi')])
          TextField(
            controller: field,
            decoration: InputDecoration(labelText: label),
            onChanged: (_) => setState(() {}),
          ),
        FilledButton(onPressed: _user.text.isEmpty ? null : _scan, child: const Text('Pindai kode')),
        StreamBuilder(stream: widget.outbox.results.stream, builder: (_, found) => Text(found.data ?? '')),
        if (isComplete) Status(_user.text, _course.text, _session.text),
        SwitchListTile(
          title: const Text('Kirim sensor'),
          value: _isSensing,
          onChanged: (wanted) {
            setState(() => _isSensing = wanted);
            wanted ? unawaited(_sensors.start()) : _sensors.stop();
          },
        ),
      ]),
    );
  }
}

/// The student's own record, as it changes. The ids need escaping where they contain `/` (docs/apps.md).
class Status extends StatefulWidget {
  Status(this.user, this.course, this.session) : super(key: ValueKey((user, course, session)));
  final String user, course, session;

  @override
  State<Status> createState() => _StatusState();
}

class _StatusState extends State<Status> {
  late final _record = FirebaseFirestore.instance
      .doc('courses/${widget.course}/sessions/${widget.session}/presences/${widget.user}')
      .snapshots();

  @override
  Widget build(BuildContext context) => StreamBuilder(
        stream: _record,
        builder: (_, found) => Text('Status: ${found.data?.data()?['status'] ?? '–'}'),
      );
}

class Scanner extends StatefulWidget {
  const Scanner({super.key});

  @override
  State<Scanner> createState() => _ScannerState();
}

class _ScannerState extends State<Scanner> {
  bool _isFound = false;

  @override
  Widget build(BuildContext context) => Scaffold(
        body: MobileScanner(onDetect: (capture) {
          final text = capture.barcodes.firstOrNull?.rawValue;
          if (text == null || _isFound) return;
          _isFound = true; // the camera sees the code several times a second
          Navigator.pop(context, text);
        }),
      );
}
